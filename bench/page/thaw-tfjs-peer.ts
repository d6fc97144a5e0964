import type { Network } from '../../src/core/graph/graph';
import type { Batch } from '../../src/engine/executor';
import { startBackend } from '../../src/engine/tfjs/backends';
import { TfjsExecutor } from '../../src/engine/tfjs/tfjs-executor';
import type { Mode, Peer } from './peer';
import { phaseOfMode } from './phase-of-mode';
import { tfjsHeldBytes } from './tfjs-memory';

/** The product's general executor: TensorFlow.js operations, here on its WASM backend. */
export async function createThawTfjsPeer(network: Network, batch: Batch, mode: Mode): Promise<Peer> {
  if (mode === 'cached-features') throw new Error('It keeps nothing of frozen pictures.');
  await startBackend('wasm');
  const executor = new TfjsExecutor('wasm', network);
  await executor.enterPhase(phaseOfMode(network.graph, mode));
  return {
    step: async () => {
      await executor.trainStep(batch, [1e-3]);
      // Its kernels run within the calls.
      return null;
    },
    facts: () => {
      const { dispatches } = executor.stats();
      return {
        description: executor.description,
        calls: dispatches,
        bytesMoved: null,
        heldBytes: tfjsHeldBytes(),
      };
    },
  };
}
