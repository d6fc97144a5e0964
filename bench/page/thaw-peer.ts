import type { Network } from '../../src/core/graph';
import type { Batch } from '../../src/engine/executor';
import { kernelFile } from '../../src/engine/kernel-files';
import { createWasmBackend } from '../../src/engine/kernels/wasm-backend';
import { startWorkerThread, threadCount } from '../../src/engine/kernels/wasm-threads';
import { createWebGpuBackend } from '../../src/engine/kernels/webgpu-backend';
import type { KernelBackend } from '../../src/engine/step-plan/backend';
import { createPlanExecutor } from '../../src/engine/step-plan/plan-executor';
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
  const { backend, costOf } = await startBackend(kind);
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
      const plan = executor.lastPlan;
      const cost = plan === null ? null : (costOf?.(plan) ?? null);
      return {
        description: backend.description,
        calls: cost?.dispatches ?? view?.calls ?? null,
        bytesMoved: cost?.trafficBytes ?? view?.bytes ?? null,
        heldBytes: executor.stats().bytes,
      };
    },
  };
}

interface StartedBackend {
  readonly backend: KernelBackend;
  /** Where the dispatches differ from the plan's calls. */
  readonly costOf?: Awaited<ReturnType<typeof createWebGpuBackend>>['costOf'];
}

async function startBackend(kind: ThawKind): Promise<StartedBackend> {
  if (kind.backend === 'webgpu') {
    const backend = await createWebGpuBackend();
    return { backend, costOf: (plan) => backend.costOf(plan) };
  }
  const threads = kind.threads === 1 ? 1 : threadCount();
  const response = await fetch(kernelFile(threads));
  const bytes = await response.arrayBuffer();
  return { backend: await createWasmBackend({ bytes, threads, startThread: startWorkerThread }) };
}
