import type { Network } from '../../src/core/graph/graph';
import { kernelFile } from '../../src/engine/backends/kernel-files';
import type { Batch } from '../../src/engine/executor';
import { startWorkerThread, threadCount } from '../../src/engine/kernels/wasm/threads';
import { createWasmBackend } from '../../src/engine/kernels/wasm/wasm-backend';
import { createWebGpuBackend } from '../../src/engine/kernels/webgpu/webgpu-backend';
import type { KernelBackend } from '../../src/engine/step-plan/backend';
import { createPlanExecutor } from '../../src/engine/step-plan/executor/plan-executor';
import type { Mode, Peer, PeerKind } from './peer';
import { phaseOfMode } from './phase-of-mode';

type ThawKind = Extract<PeerKind, { engine: 'thaw' }>;

const LEARNING_RATES = [1e-3];

/** The product's step plans on one of its kernel backends. */
export async function createThawPeer(
  kind: ThawKind,
  network: Network,
  batch: Batch,
  mode: Mode,
): Promise<Peer> {
  const backend = await startBackend(kind);
  const executor = await createPlanExecutor(network, backend);
  const phase = phaseOfMode(network.graph, mode);
  let isEntered = false;
  return {
    step: async () => {
      if (!isEntered) await executor.enterPhase(phase);
      isEntered = true;
      await executor.trainStep(batch, LEARNING_RATES);
      return executor.stats().jsMs;
    },
    facts: () => {
      const view = executor.planView();
      return {
        description: backend.description,
        calls: view?.dispatches ?? null,
        bytesMoved: view?.bytes ?? null,
        heldBytes: executor.stats().bytes,
      };
    },
  };
}

async function startBackend(kind: ThawKind): Promise<KernelBackend> {
  if (kind.backend === 'webgpu') return createWebGpuBackend();
  const threads = kind.threads === 1 ? 1 : threadCount();
  const response = await fetch(kernelFile(threads));
  const bytes = await response.arrayBuffer();
  return createWasmBackend({ bytes, threads, startThread: startWorkerThread });
}
