import type { CombinationCost } from '../../core/cost-report';
import { formatTimes } from '../format';

/** Below this an estimate cannot tell two choices apart. */
const NOTICEABLE = 1.1;

/** @returns what the switch for the frozen phase costs or saves, in a sentence; null where it makes no difference */
export function describeChoice(combinations: readonly CombinationCost[]): string | null {
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
    return `BatchNorm trained in the frozen phase: ${cache}about ${formatTimes(times)} × slower.`;
  }
  const times = other.frozenSeconds / chosen.frozenSeconds;
  if (!(times >= NOTICEABLE)) return null;
  const cache = chosen.keepsFrozenValues ? 'frozen values are computed once and kept, ' : '';
  return `BatchNorm frozen in the frozen phase: ${cache}about ${formatTimes(times)} × faster than trained.`;
}
