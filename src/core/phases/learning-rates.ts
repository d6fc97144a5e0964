import { ThawError } from '../errors';
import type { ResolvedSchedule } from '../options/resolved-config';
import type { JoiningGroupRate, PhasePlan } from '../phase-plan';
import type { VariableGroup } from './variable-groups';

/**
 * The learning rates of a run at one moment, plain data: a run that is resumed from it goes on exactly.
 * Both lists have one entry for each group that has joined so far, group 0 (the head's) first.
 */
export interface RateState {
  readonly rates: readonly number[];
  /**
   * The rate that the callback itself gave the group last. It is not the group's present rate where a
   * schedule has acted since: the callback multiplies its own memory. Null for a group that it never rates.
   */
  readonly callbackRates: readonly (number | null)[];
}

/** Before the first epoch: the head's group alone. */
export function startRates(learningRate: number): RateState {
  return { rates: [learningRate], callbackRates: [null] };
}

/**
 * At the start of an epoch: groups that join get their rate, groups that joined at an earlier epoch are
 * moved on by their multiplier. This is Lightning's `BackboneFinetuning.finetune_function`.
 *
 * @param phaseIndex the phase that the epoch is in; groups of all phases up to it take part
 */
export function enterEpoch(
  state: RateState,
  plan: PhasePlan,
  groups: readonly VariableGroup[],
  phaseIndex: number,
  epoch: number,
): RateState {
  const rates = [...state.rates];
  const callbackRates = [...state.callbackRates];
  const head = headRate(state);
  groups.forEach((group, index) => {
    if (index === 0 || group.phaseIndex > phaseIndex) return;
    const rule = plan.phases[group.phaseIndex]?.joining;
    if (rule === null || rule === undefined) {
      throw new ThawError('internal', `Phase ${group.phaseIndex} adds variables but gives them no rate.`);
    }
    if (index >= state.rates.length) {
      const rate = initialRate(rule, head);
      rates.push(rate);
      callbackRates.push(rate);
    } else if (rule.multiplierAtEpoch !== null) {
      const rate = nextRate(rule, rule.multiplierAtEpoch[epoch], state.callbackRates[index], head);
      rates[index] = rate;
      callbackRates[index] = rate;
    }
  });
  return { rates, callbackRates };
}

/**
 * At the end of an epoch: the schedule acts on every group, also on one that joined after the start, from
 * its present rate (torch.optim.lr_scheduler's chainable forms; CosineAnnealingLR with T_max = epochs).
 */
export function endEpoch(
  state: RateState,
  schedule: ResolvedSchedule,
  epoch: number,
  epochs: number,
): RateState {
  const move = scheduleStep(schedule, epoch + 1, epochs);
  return { ...state, rates: state.rates.map(move) };
}

/** The rate of group 0. */
export function headRate(state: RateState): number {
  return state.rates[0]!;
}

/** The rate of the group that joined last; null before any did. */
export function backboneRate(state: RateState): number | null {
  return state.rates.length > 1 ? state.rates[state.rates.length - 1]! : null;
}

function initialRate({ initial }: JoiningGroupRate, head: number): number {
  switch (initial.kind) {
    case 'rate':
      return initial.rate;
    case 'ratio':
      return head * initial.ratio;
    case 'divisor':
      return head / initial.divisor;
  }
}

function nextRate(
  rule: JoiningGroupRate,
  factor: number | undefined,
  previous: number | null | undefined,
  head: number,
): number {
  if (factor === undefined || previous === null || previous === undefined) {
    throw new ThawError('internal', 'The plan has no learning rate factor for this epoch.');
  }
  const next = factor * previous;
  return rule.alignToHead && next > head ? head : next;
}

/** @param step how often the schedule has acted, this time counted (torch's `last_epoch`) */
function scheduleStep(schedule: ResolvedSchedule, step: number, epochs: number): (rate: number) => number {
  switch (schedule.kind) {
    case 'constant':
      return (rate) => rate;
    case 'step':
      return step % schedule.stepSize === 0 ? (rate) => rate * schedule.gamma : (rate) => rate;
    case 'cosine': {
      const { minLr } = schedule;
      const share =
        (1 + Math.cos((Math.PI * step) / epochs)) / (1 + Math.cos((Math.PI * (step - 1)) / epochs));
      return (rate) => share * (rate - minLr) + minLr;
    }
  }
}
