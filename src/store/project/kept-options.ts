import * as v from 'valibot';
import { isRecord } from '../../core/options/option-values';
import { resolveTrainConfig } from '../../core/options/options';
import { type OwnPlan, type PhaseOptions, PROPOSED_OPTIONS } from '../phase-options';

/** NaN is an empty field. */
const number = v.custom<number>((value) => typeof value === 'number');
const numberOrNull = v.nullable(number);

/**
 * What may be typed in is checked by the plan; here only that the controls can show it. A script's plan has been
 * checked before it came to the page, and is again.
 */
const KEPT_OPTIONS = v.object({
  epochs: number,
  ownPlan: v.nullable(v.custom<OwnPlan>(isOwnPlan)),
  unfreezeBackboneAtEpoch: number,
  trainBnFrozenPhase: v.boolean(),
  trainBnUnfrozenPhase: v.boolean(),
  learningRate: number,
  batchSize: number,
  optimizer: v.picklist(['sgd', 'momentum', 'adam', 'adamw']),
  multiplier: number,
  multiplierByEpoch: v.nullable(v.array(number)),
  backboneInitialRatioLr: number,
  backboneInitialLr: numberOrNull,
  shouldAlign: v.boolean(),
  initialDenomLr: number,
  preset: v.picklist(['none', 'lightning-2.6']),
  schedule: v.picklist(['constant', 'step', 'cosine']),
  scheduleStepSize: number,
  scheduleGamma: number,
  scheduleMinLr: number,
  momentum: number,
  weightDecay: numberOrNull,
  beta1: number,
  beta2: number,
  epsilon: number,
  classWeights: v.union([v.picklist(['none', 'balanced']), v.array(number)]),
  precision: v.picklist(['32-true', '16-mixed']),
  shuffle: v.boolean(),
  seed: number,
  augmentation: v.picklist(['none', 'flip', 'flip-crop']),
  augmentationVariants: numberOrNull,
  verbose: v.boolean(),
  rounding: number,
}) satisfies v.GenericSchema<unknown, PhaseOptions>;

/** @returns null for what these controls did not hold; an option that is newer than that has its proposal */
export function readKeptOptions(kept: unknown): PhaseOptions | null {
  if (!isRecord(kept)) return null;
  const read = v.safeParse(KEPT_OPTIONS, { ...PROPOSED_OPTIONS, ...kept });
  return read.success ? read.output : null;
}

/** Its epochs are beside it, and any will do. */
function isOwnPlan(value: unknown): boolean {
  if (!isRecord(value)) return false;
  try {
    resolveTrainConfig({ ...value, epochs: 1 });
    return true;
  } catch {
    return false;
  }
}
