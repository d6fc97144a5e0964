import type { BackendName, ExecutorName } from '../../core/api';
import type { LayerGraph, Network } from '../../core/graph/graph';
import type { Warning } from '../../core/options/train-config';
import type { Preparation } from '../../core/run/events';
import type { Executor } from '../executor';
import type { KernelBackend } from '../step-plan/backend';
import { unsupportedLayer } from '../step-plan/compile/supported-layers';
import { createPlanExecutor } from '../step-plan/executor/plan-executor';
import { SplitExecutor } from '../step-plan/executor/split-executor';
import { openFrozenValuesFile } from '../step-plan/frozen/frozen-values-disk';
import { USUAL_CACHE } from '../step-plan/frozen/prefix-cache';
import { cacheBudgetBytes } from './device-memory';
import { isPlanBackend, kernelBackend } from './kernel-backends';

/** What was chosen to run networks. */
export interface Engine {
  readonly backend: BackendName;
  readonly executor: ExecutorName;
  /** For the steps of a head on kept features, where `backend` does not take them. */
  readonly headBackend?: BackendName;
}

export interface MadeExecutor {
  readonly executor: Executor;
  /** `backend-changed` where a network needs another executor than the engine's. */
  readonly warnings: readonly Warning[];
}

/**
 * The executor for a network on the engine that was chosen: the one place that knows which executors there are.
 * @param onPreparing hears what has to be compiled and measured before a step
 * @throws ThawError `backend-unavailable`, `out-of-memory`
 */
export async function createExecutor(
  { backend, executor, headBackend }: Engine,
  network: Network,
  onPreparing?: (preparation: Preparation) => void,
): Promise<MadeExecutor> {
  if (executor === 'tfjs' || !isPlanBackend(backend)) {
    return { executor: await createTfjsExecutor(backend, network), warnings: [] };
  }
  const kernels = await kernelBackend(backend, onPreparing);
  const layer = layerWithoutKernel(network.graph, kernels);
  if (layer === null) {
    const cache = {
      ...USUAL_CACHE,
      budgetBytes: cacheBudgetBytes(),
      openDisk: backend === 'reference' ? null : openFrozenValuesFile,
    };
    const whole = await createPlanExecutor(network, kernels, cache);
    if (headBackend === undefined || !isPlanBackend(headBackend)) return { executor: whole, warnings: [] };
    const others = await kernelBackend(headBackend, onPreparing);
    const short = await createPlanExecutor(network, others, cache, whole);
    return { executor: new SplitExecutor(whole, short), warnings: [] };
  }
  const general = await createTfjsExecutor(backend === 'reference' ? 'cpu' : backend, network);
  const message = `Thaw's own kernels (${kernels.description}) have none for the layer "${layer}". This network runs on ${general.description} instead, which is slower.`;
  return { executor: general, warnings: [{ code: 'backend-changed', message }] };
}

/** Loaded when it is needed: most pages never need the library. */
async function createTfjsExecutor(backend: BackendName, network: Network): Promise<Executor> {
  const [{ startBackend }, { TfjsExecutor }] = await Promise.all([
    import('../tfjs/backends'),
    import('../tfjs/tfjs-executor'),
  ]);
  await startBackend(backend === 'reference' ? 'cpu' : backend);
  return new TfjsExecutor(backend, network);
}

/** The answer depends on the layers alone, and a graph is asked about again with every run. */
const answers = new WeakMap<LayerGraph, string | null>();

function layerWithoutKernel(graph: LayerGraph, { kernels }: KernelBackend): string | null {
  let answer = answers.get(graph);
  if (answer === undefined) {
    answer = unsupportedLayer(graph, kernels);
    answers.set(graph, answer);
  }
  return answer;
}
