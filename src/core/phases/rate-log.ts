import { backboneRate, headRate, type RateState } from './learning-rates';

/**
 * What the callback logs at the start of an unfrozen epoch when it is `verbose`, in Lightning's words.
 * @param rounding digits behind the point
 * @returns null while no backbone group has joined
 */
export function rateLog(state: RateState, rounding: number): string | null {
  const backbone = backboneRate(state);
  if (backbone === null) return null;
  const rounded = (rate: number) => String(Number(rate.toFixed(rounding)));
  return `Current lr: ${rounded(headRate(state))}, Backbone lr: ${rounded(backbone)}`;
}
