import type { Network } from '../core/graph/graph';
import { createExecutor } from '../engine/backends/create-executor';
import type { Executor } from '../engine/executor';

/** Behind the chosen end the backbone goes on as it was loaded, on the present weights before it. */
export async function withWholeBackbone<Result>(
  present: Executor,
  { graph, weights }: Network,
  use: (whole: Executor) => Promise<Result>,
): Promise<Result> {
  const now = await present.readWeights();
  // Without the present head's weights, which the whole backbone has no place for.
  const merged = new Map([...weights].map(([name, values]) => [name, now.get(name) ?? values]));
  const engine = { backend: present.backend, executor: present.kind };
  const { executor: whole } = await createExecutor(engine, { graph, weights: merged });
  try {
    return await use(whole);
  } finally {
    whole.dispose();
  }
}
