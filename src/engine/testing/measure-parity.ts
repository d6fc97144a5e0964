import type { Network } from '../../core/graph/graph';
import type { Executor } from '../executor';
import type { RunCommand } from '../run/run-command';
import { driveRun, setupOf } from './drive-run';
import type { FixtureData, ReferenceRun } from './lightning-runs';

/** The largest differences between a run of ours and its reference: relative, of a tensor by its norm. */
export interface ParityFigures {
  readonly loss: number;
  readonly validationLoss: number;
  readonly rate: number;
  readonly weight: number;
  /** The tensor that `weight` is of, and after which epoch. */
  readonly worstWeight: string;
  /** Share of the validation pictures, absolute. */
  readonly validationAccuracy: number;
}

/**
 * Trains as the reference run did and compares everything that was recorded of it: every step's loss, every
 * epoch's rates and validation, every weight and statistic of the recorded epochs.
 */
export async function measureParity(
  reference: ReferenceRun,
  network: Network,
  data: FixtureData,
  create: (network: Network) => Promise<Executor>,
): Promise<ParityFigures> {
  const executor = await create(network);
  const recorded = reference.weightsAfterEpoch;
  const weightsAfter = new Map<string, Map<string, Float32Array>>();
  const setup = setupOf(executor, network, data, reference.config);
  const { record } = await driveRun(setup, async (event): Promise<RunCommand> => {
    if (event.type === 'epochEnded' && String(event.record.epoch) in recorded) {
      weightsAfter.set(String(event.record.epoch), await executor.readWeights());
    }
    return 'continue';
  });
  executor.dispose();

  const losses = reference.steps.map((step) => (typeof step === 'number' ? step : step.loss));
  requireEqual(record.steps.length, losses.length, 'steps');
  requireEqual(record.epochs.length, reference.epochs.length, 'epochs');
  const epochs = reference.epochs.map((wanted, index) => ({ wanted, found: record.epochs[index]! }));
  const weights = Object.entries(recorded).flatMap(([epoch, tensors]) =>
    Object.entries(tensors).map(([name, wanted]) => ({
      what: `${name} after epoch ${epoch}`,
      distance: tensorDistance(weightsAfter.get(epoch)!.get(name)!, wanted),
    })),
  );
  const worst = weights.reduce((a, b) => (b.distance > a.distance ? b : a));
  return {
    loss: largest(losses.map((loss, step) => relative(record.steps[step]!.loss, loss))),
    validationLoss: largest(epochs.map(({ wanted, found }) => relative(found.valLoss, wanted.valLoss))),
    validationAccuracy: largest(
      epochs.map(({ wanted, found }) => Math.abs(found.valAccuracy - wanted.valAccuracy)),
    ),
    rate: largest(epochs.map(({ wanted, found }) => rateDistance(found.groupLrs!, ratesOf(wanted)))),
    weight: worst.distance,
    worstWeight: worst.what,
  };
}

function ratesOf({ headLr, backboneLr, groups }: ReferenceRun['epochs'][number]): readonly number[] {
  return groups?.map(({ lr }) => lr) ?? (backboneLr === null ? [headLr!] : [headLr!, backboneLr!]);
}

/** Infinite where another number of groups has joined. */
function rateDistance(found: readonly number[], wanted: readonly number[]): number {
  if (found.length !== wanted.length) return Number.POSITIVE_INFINITY;
  return largest(wanted.map((rate, group) => relative(found[group]!, rate)));
}

function relative(value: number, wanted: number): number {
  return Math.abs(value - wanted) / Math.abs(wanted);
}

/** A tensor of zeros has no norm to relate to. */
function tensorDistance(values: Float32Array, wanted: readonly number[]): number {
  const distance = Math.hypot(...wanted.map((value, i) => values[i]! - value));
  const norm = Math.hypot(...wanted);
  return norm === 0 ? distance : distance / norm;
}

/** NaN, which a comparison would let pass, counts as infinite. */
function largest(distances: readonly number[]): number {
  return Math.max(...distances.map((each) => (Number.isNaN(each) ? Number.POSITIVE_INFINITY : each)));
}

function requireEqual(found: number, wanted: number, what: string): void {
  if (found !== wanted) throw new RangeError(`The run has ${found} ${what}, its reference ${wanted}.`);
}
