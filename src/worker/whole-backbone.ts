import type { Network } from '../core/graph';
import { createExecutor } from '../engine/create-executor';
import type { Executor } from '../engine/executor';

/** Behind the chosen end the backbone goes on as it was loaded, on the present weights before it. */
export async function withWholeBackbone<Result>(
  present: Executor,
  { graph, weights }: Network,
  use: (whole: Executor) => Promise<Result>,
): Promise<Result> {
  const merged = new Map([...weights, ...(await present.readWeights())]);
  const engine = { backend: present.backend, executor: present.kind };
  const { executor: whole } = await createExecutor(engine, { graph, weights: merged });
  try {
    return await use(whole);
  } finally {
    whole.dispose();
  }
}
