import type { Network } from '../../core/graph/graph';
import { resolveTrainConfig } from '../../core/options/options';
import { planOfConfig } from '../../core/phases/plan-of-config';
import type { TrainingEvent } from '../../core/run/events';
import type { RunRecord } from '../../core/run/run-record';
import type { Executor } from '../executor';
import { type RunSetup, runTraining } from '../run/run';
import type { RunCommand } from '../run/run-command';

export function setupOf(
  executor: Executor,
  loaded: Network,
  data: Pick<RunSetup, 'train' | 'validation' | 'classNames'>,
  config: Readonly<Record<string, unknown>>,
  more: Partial<RunSetup> = {},
): RunSetup {
  const { resolved, warnings } = resolveTrainConfig(config);
  const compiled = planOfConfig(loaded.graph, resolved);
  return {
    executor,
    loaded,
    config: resolved,
    plan: compiled.plan,
    warnings: [...warnings, ...compiled.warnings],
    classNames: data.classNames,
    train: data.train,
    validation: data.validation,
    breathe: async () => {},
    ...more,
  };
}

/** Runs to the end, answering each event; returns the record and everything that was told. */
export async function driveRun(
  setup: RunSetup,
  answer: (event: TrainingEvent) => RunCommand | Promise<RunCommand> = () => 'continue',
): Promise<{ readonly record: RunRecord; readonly events: readonly TrainingEvent[] }> {
  const events: TrainingEvent[] = [];
  const run = runTraining(setup);
  let next = await run.next();
  while (!next.done) {
    events.push(next.value);
    next = await run.next(await answer(next.value));
  }
  return { record: next.value, events };
}
