import { toFailure } from '../../core/errors';
import { toSerializableConfig } from '../../core/options/options';
import type { CostReport } from '../../core/run/cost-report';
import type { ActionContext } from '../action-context';
import { isSameOptions, type PhaseOptions, toTrainConfig } from '../phase-options';
import type { CostState, PlanState, ThawState } from '../state';
import { isTraining } from './training-reducer';

/** Long enough for a number to be typed in, and for a script to start its run before anything is measured. */
const QUIET_MS = 300;
const NO_PLANS =
  'TensorFlow.js runs this network. It has no step plan from which the cost could be worked out.';

/** What an estimate is of. A new plan object stands for another backbone, other data or other options. */
interface Subject {
  readonly plan: PlanState;
  readonly options: PhaseOptions;
}

/**
 * Estimates anew whenever the plan has changed and nothing trains. One question at a time, the latest wins;
 * a failure is told, and stops nothing.
 */
export function followCost({ store, ports }: Pick<ActionContext, 'store' | 'ports'>): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let known: Subject | null = null;
  let asking = false;

  store.subscribe((state, before) => {
    const training = isTraining(state.training.status);
    if (state.plan === before.plan && training === isTraining(before.training.status)) return;
    clearTimeout(timer);
    if (known !== null && isSame(known, state)) return;
    known = null;
    // A script's run may have other options than those that were estimated.
    if (training || state.plan.status !== 'planned') return show({ status: 'none' });
    show({ status: 'estimating', before: reportOf(state.cost) });
    timer = setTimeout(() => void ask(), QUIET_MS);
  });

  async function ask(): Promise<void> {
    if (asking) return;
    asking = true;
    const { plan, options } = store.getState();
    const subject: Subject = { plan, options };
    const answer = await estimate(options);
    asking = false;
    const now = store.getState();
    // A run ends what is measured; it is asked again once the run has ended.
    if (now.plan.status !== 'planned' || isTraining(now.training.status)) return;
    if (isSame(subject, now)) {
      known = subject;
      show(answer);
    } else {
      clearTimeout(timer);
      timer = setTimeout(() => void ask(), QUIET_MS);
    }
  }

  async function estimate(options: PhaseOptions): Promise<CostState> {
    try {
      const report = await ports.worker.estimate(toSerializableConfig(toTrainConfig(options)));
      return report === null ? { status: 'unavailable', why: NO_PLANS } : { status: 'estimated', report };
    } catch (error) {
      return { status: 'unavailable', why: toFailure(error).message };
    }
  }

  function show(cost: CostState): void {
    store.setState({ cost });
  }
}

function isSame(subject: Subject, { plan, options }: ThawState): boolean {
  return subject.plan === plan && isSameOptions(subject.options, options);
}

function reportOf(cost: CostState): CostReport | null {
  if (cost.status === 'estimated') return cost.report;
  return cost.status === 'estimating' ? cost.before : null;
}
