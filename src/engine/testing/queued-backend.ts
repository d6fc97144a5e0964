import type { KernelBackend, LoadedPlan, Numbers } from '../step-plan/backend';

/** Of the event loop: more than it takes to tell the next run, for whoever does not wait for this result first. */
const TURNS = 20;

const eventLoopTurn = () => new Promise((resolve) => setImmediate(resolve));

export interface QueuedBackend extends KernelBackend {
  /** Training runs, and those that were told before the result of the one before was there. */
  readonly counts: { runs: number; overlapping: number };
}

/**
 * A backend as a graphics processor is one, without one: a result is on its way until the next run is told, or, where
 * none comes, for some turns of the event loop. What a later run does to the buffer does not change it.
 */
export function queuedBackend(backend: KernelBackend): QueuedBackend {
  const counts = { runs: 0, overlapping: 0 };
  let nextRun: () => void = () => {};

  function queued(loaded: LoadedPlan): LoadedPlan {
    if (loaded.plan.purpose !== 'training') return loaded;
    return {
      plan: loaded.plan,
      write: (buffer, values) => loaded.write(buffer, values),
      prepare: () => loaded.prepare(),
      run: async (scalars) => {
        counts.runs += 1;
        nextRun();
        nextRun = () => {};
        await loaded.run(scalars);
      },
      read: async (buffer, elements): Promise<Numbers> => {
        const values = loaded.read(buffer, elements);
        let isFollowed = false;
        const follow = () => {
          isFollowed = true;
          counts.overlapping += 1;
        };
        nextRun = follow;
        for (let turn = 0; turn < TURNS && !isFollowed; turn += 1) await eventLoopTurn();
        if (nextRun === follow) nextRun = () => {};
        return values;
      },
      dispose: () => loaded.dispose(),
    };
  }

  return {
    ...backend,
    counts,
    execution: 'queued',
    load: async (...which) => queued(await backend.load(...which)),
  };
}
