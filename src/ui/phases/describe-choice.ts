import type { CombinationCost } from '../../core/run/cost-report';
import { formatTimes } from '../format';

/** Below this an estimate cannot tell two choices apart. */
const NOTICEABLE = 1.1;

/**
 * Statistics of a few pictures say little of others: on 96 the bundled backbone ends its frozen phase at 0.81 with
 * BatchNorm trained and at 0.96 with it frozen (docs/backbones.md).
 */
const FEW_PICTURES = 500;

/**
 * @param trainCount pictures to train on
 * @returns what the switch for the frozen phase costs or saves, in a sentence or two; null where it makes no difference
 */
export function describeChoice(combinations: readonly CombinationCost[], trainCount: number): string | null {
  const chosen = combinations.find(({ isChosen }) => isChosen);
  const other = combinations.find(
    ({ trainBnFrozenPhase, trainBnUnfrozenPhase }) =>
      trainBnFrozenPhase !== chosen?.trainBnFrozenPhase &&
      trainBnUnfrozenPhase === chosen?.trainBnUnfrozenPhase,
  );
  if (chosen === undefined || other === undefined || chosen.frozenSeconds === 0) return null;
  if (chosen.trainBnFrozenPhase) {
    const times = chosen.frozenSeconds / other.frozenSeconds;
    if (!(times >= NOTICEABLE)) return null;
    const cache = chosen.keepsFrozenValues ? '' : 'no cache, ';
    const accuracy = trainCount < FEW_PICTURES ? ' On these few pictures it may also cost accuracy.' : '';
    return `BatchNorm trained in the frozen phase: ${cache}about ${formatTimes(times)} × slower.${accuracy}`;
  }
  const times = other.frozenSeconds / chosen.frozenSeconds;
  if (!(times >= NOTICEABLE)) return null;
  const cache = chosen.keepsFrozenValues ? 'frozen values are computed once and kept, ' : '';
  return `BatchNorm frozen in the frozen phase: ${cache}about ${formatTimes(times)} × faster than trained.`;
}
