import { type BatchNormMode, FROZEN_BATCH_NORM, TRAINABLE_BATCH_NORM } from '../batch-norm';
import { ThawError } from '../errors';
import type { JoiningGroupRate, PhaseSpec, PhaseStart } from '../phase-plan';
import { refuseUnknownNames } from './option-names';
import { isRecord, readBoolean, readChoice, readInteger, readNumber, refuse } from './option-values';
import type { BatchNormChoice, TrainPhase, TrainPhaseRate } from './train-config';

type Fields = Readonly<Record<string, unknown>>;

const PHASE_NAMES = ['name', 'start', 'layers', 'batchNorm', 'rate'] satisfies (keyof TrainPhase)[];
const RATE_NAMES = ['learningRate', 'ratio', 'multiplier', 'shouldAlign'] satisfies (keyof TrainPhaseRate)[];

/** More phases than a network has blocks. */
const MAX_PHASES = 1000;

/**
 * Checks the option `phases` and fills in its defaults; whether its layers are there is for `compilePhases`.
 * @throws ThawError `invalid-option`, `unknown-option` or `conflicting-options`, saying which phase
 */
export function resolvePhases(value: unknown, epochs: number, initialDenomLr: number): readonly PhaseSpec[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_PHASES) {
    return refuse('phases', `a list of 1 to ${MAX_PHASES} phases`, value);
  }
  const phases = value.map((phase: unknown, index) =>
    readPhase(phase, `phases[${index}]`, index, epochs, initialDenomLr),
  );
  const names = phases.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) refuse('phases', 'phases with names of their own', twice);
  return phases;
}

/** The phases as an option again: resolving it gives the same value. */
export function writtenOutPhases(phases: readonly PhaseSpec[]): readonly TrainPhase[] {
  return phases.map(({ name, start, layers, batchNorm, rate }) => ({
    name,
    start,
    layers,
    ...(batchNorm !== undefined && { batchNorm }),
    ...(rate !== null && { rate: writtenOutRate(rate) }),
  }));
}

function readPhase(
  value: unknown,
  path: string,
  index: number,
  epochs: number,
  initialDenomLr: number,
): PhaseSpec {
  if (!isRecord(value)) return refuse(path, 'an object with `start` and `layers`', value);
  refuseUnknownNames(Object.keys(value), PHASE_NAMES, `\`${path}\``);
  const { name = `phase ${index}`, start, layers, batchNorm, rate } = value;
  if (typeof name !== 'string' || name.trim() === '') return refuse(`${path}.name`, 'a name', name);
  if (index === 0 && rate !== undefined) {
    throw new ThawError(
      'conflicting-options',
      `The first phase trains at \`learningRate\`. Leave out \`${path}.rate\`.`,
    );
  }
  return {
    name,
    start: readStart(start, `${path}.start`, index),
    layers: readSelectors(layers, `${path}.layers`),
    ...(batchNorm !== undefined && { batchNorm: readBatchNorm(batchNorm, `${path}.batchNorm`) }),
    rate: rate === undefined ? null : readRate(rate, `${path}.rate`, epochs, initialDenomLr),
  };
}

function readStart(value: unknown, path: string, index: number): PhaseStart {
  if (value === undefined && index === 0) return { kind: 'epoch', epoch: 0 };
  if (!isRecord(value)) return refuse(path, 'an object such as { kind: "epoch", epoch: 3 }', value);
  const kind = readChoice(`${path}.kind`, value.kind, ['epoch', 'stalled']);
  const own = { epoch: ['epoch'], stalled: ['patience', 'minDelta', 'atLatestEpoch'] }[kind];
  refuseUnknownNames(Object.keys(value), ['kind', ...own], `\`${path}\``);
  if (kind === 'epoch') return { kind, epoch: readInteger(`${path}.epoch`, value.epoch, 0) };
  const { patience = 3, minDelta = 0, atLatestEpoch = null } = value;
  return {
    kind,
    patience: readInteger(`${path}.patience`, patience, 1),
    minDelta: readNumber(`${path}.minDelta`, minDelta, { atLeast: 0 }),
    atLatestEpoch: atLatestEpoch === null ? null : readInteger(`${path}.atLatestEpoch`, atLatestEpoch, 0),
  };
}

function readSelectors(value: unknown, path: string): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return refuse(path, 'a list of layer names', value);
  return value.map((name: unknown, index) =>
    typeof name === 'string' && name !== '' ? name : refuse(`${path}[${index}]`, "a layer's name", name),
  );
}

function readBatchNorm(value: unknown, path: string): Readonly<Record<string, BatchNormMode>> {
  if (!isRecord(value)) return refuse(path, 'an object such as { "*": "frozen" }', value);
  return Object.fromEntries(
    Object.entries(value).map(([selector, choice]) => [
      selector,
      readBatchNormChoice(choice, `${path}["${selector}"]`),
    ]),
  );
}

/** @throws ThawError `invalid-option`, `unknown-option` */
export function readBatchNormChoice(value: unknown, path: string): BatchNormMode {
  if (!isRecord(value)) {
    const modes = { trainable: TRAINABLE_BATCH_NORM, frozen: FROZEN_BATCH_NORM };
    return modes[readChoice(path, value as BatchNormChoice, ['trainable', 'frozen'])];
  }
  refuseUnknownNames(Object.keys(value), Object.keys(TRAINABLE_BATCH_NORM), `\`${path}\``);
  return {
    affine: readChoice(`${path}.affine`, value.affine, ['trained', 'frozen']),
    normaliser: readChoice(`${path}.normaliser`, value.normaliser, ['batch', 'running']),
    statistics: readChoice(`${path}.statistics`, value.statistics, ['updated', 'held']),
  };
}

function readRate(value: unknown, path: string, epochs: number, initialDenomLr: number): JoiningGroupRate {
  const fields: Fields = isRecord(value) ? value : { learningRate: value };
  refuseUnknownNames(Object.keys(fields), RATE_NAMES, `\`${path}\``);
  const { learningRate, ratio, multiplier, shouldAlign } = fields;
  const positive = (name: string, number: unknown) =>
    readNumber(isRecord(value) ? `${path}.${name}` : path, number, { above: 0 });
  if (learningRate !== undefined && ratio !== undefined) {
    throw new ThawError(
      'conflicting-options',
      `\`${path}\` has both \`learningRate\` and \`ratio\`. Give one of them.`,
    );
  }
  const alignToHead = shouldAlign === undefined ? false : readBoolean(`${path}.shouldAlign`, shouldAlign);
  if (alignToHead && multiplier === undefined) {
    throw new ThawError(
      'conflicting-options',
      `\`${path}.shouldAlign\` caps what \`multiplier\` gives. Give a \`multiplier\` too, 1 for none.`,
    );
  }
  return {
    initial:
      learningRate !== undefined
        ? { kind: 'rate', rate: positive('learningRate', learningRate) }
        : ratio !== undefined
          ? { kind: 'ratio', ratio: positive('ratio', ratio) }
          : { kind: 'divisor', divisor: initialDenomLr },
    multiplierAtEpoch:
      multiplier === undefined ? null : new Array<number>(epochs).fill(positive('multiplier', multiplier)),
    alignToHead,
  };
}

function writtenOutRate({ initial, multiplierAtEpoch, alignToHead }: JoiningGroupRate): TrainPhaseRate {
  return {
    ...(initial.kind === 'rate' && { learningRate: initial.rate }),
    ...(initial.kind === 'ratio' && { ratio: initial.ratio }),
    ...(multiplierAtEpoch !== null && { multiplier: multiplierAtEpoch[0]! }),
    shouldAlign: alignToHead,
  };
}
