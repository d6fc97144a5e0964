import type { OptimizerOptions } from '../../core/options/train-config';
import type { ParameterLayout, StepPlan } from './plan';

export interface StepNumbers {
  readonly optimizer: OptimizerOptions;
  readonly layout: ParameterLayout;
  /** Updates each variable has had before this step. */
  readonly stepCounts: ReadonlyMap<string, number>;
  /** One a group. */
  readonly learningRates: readonly number[];
  /** Of this step. */
  readonly stepSeed: number;
}

/** A step's seed as kernels get it: a float32 uniform holds whole numbers below 2²⁴ exactly. */
export function dropoutSeed(stepSeed: number): number {
  return stepSeed % 2 ** 24;
}

/** @returns the numbers that change from step to step, in the plan's order, worked out in float64 */
export function stepScalars(plan: StepPlan, numbers: StepNumbers): number[] {
  const { optimizer, layout, stepCounts, learningRates, stepSeed } = numbers;
  return plan.scalars.map((scalar) => {
    if (scalar.kind === 'dropoutSeed') return dropoutSeed(stepSeed);
    const range = layout.updates[scalar.range]!;
    const learningRate = learningRates[range.group];
    if (learningRate === undefined) throw new RangeError(`No learning rate for group ${range.group}.`);
    if (scalar.kind === 'learningRate' || optimizer.kind === 'sgd') return learningRate;
    const step = (stepCounts.get(range.names[0]!) ?? 0) + 1;
    return scalar.kind === 'stepSize'
      ? learningRate / (1 - optimizer.beta1 ** step)
      : 1 / Math.sqrt(1 - optimizer.beta2 ** step);
  });
}
