import type { StepOutcome } from '../../executor';
import type { LoadedPlan } from '../backend';
import { port } from '../plan';

/** Of the run that was told last; asked for at once, so that the next run may come before it resolves. */
export async function readOutcome(training: LoadedPlan): Promise<StepOutcome> {
  const [loss, correct] = await training.read(port(training.plan.outputs, 'outcome').buffer);
  return { loss: loss!, correct: correct! };
}
