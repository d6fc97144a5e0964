import * as v from 'valibot';
import { ThawError, toFailure } from '../errors';
import { resolveTrainConfig } from '../options/options';
import type { SerializableTrainConfig } from '../options/train-config';
import type { RunState } from './run-state';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const finite = v.pipe(v.number(), v.finite());
const rate = v.pipe(finite, v.minValue(0));
/** NaN where nothing was validated. */
const measured = v.custom<number>((value) => typeof value === 'number');
const float32 = v.instance(Float32Array);

/** By the rules of `train`. */
const config = v.custom<SerializableTrainConfig>(
  (value) => refusalOf(value) === null,
  ({ input }) => refusalOf(input) ?? '',
);

const EPOCH = v.object({
  epoch: count,
  phase: v.picklist(['frozen', 'unfrozen']),
  phaseName: v.exactOptional(v.string()),
  headLr: rate,
  backboneLr: v.nullable(rate),
  groupLrs: v.exactOptional(v.array(rate)),
  trainLoss: measured,
  trainAccuracy: measured,
  valLoss: measured,
  valAccuracy: measured,
  ms: measured,
});

const STATE = v.object({
  version: v.literal(1),
  config,
  clock: v.object({
    epoch: count,
    phaseIndex: count,
    bestLoss: v.nullable(finite),
    stalledEpochs: count,
  }),
  rates: v.object({
    rates: v.pipe(v.array(rate), v.minLength(1)),
    callbackRates: v.pipe(v.array(v.nullable(rate)), v.minLength(1)),
  }),
  trainCount: count,
  step: count,
  losses: v.array(finite),
  epochs: v.array(EPOCH),
  weights: v.map(v.string(), float32),
  optimizer: v.map(v.string(), v.object({ stepCount: count, slots: v.array(float32) })),
});

/**
 * Holds anything at all against the shape of a RunState; whether it fits the network is for
 * `checkRunState`.
 * @throws ThawError `run-state-invalid`
 */
export function readRunState(value: unknown): RunState {
  const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : null;
  if (typeof version === 'number' && version !== 1) {
    throw new ThawError(
      'run-state-invalid',
      'This run was saved by another version of Thaw. Start a new run.',
    );
  }
  const read = v.safeParse(STATE, value);
  if (read.success) return read.output;
  const [issue] = read.issues;
  const where = v.getDotPath(issue) ?? 'the whole value';
  throw new ThawError(
    'run-state-invalid',
    `This is not the state of a run, or it is damaged (${where}: ${issue.message}). Give what runState() returned.`,
  );
}

/** @returns why nothing can be trained with the config; null: it can */
function refusalOf(value: unknown): string | null {
  try {
    resolveTrainConfig(value);
    return null;
  } catch (error) {
    return toFailure(error).message;
  }
}
