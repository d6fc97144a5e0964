import { readdirSync, readFileSync } from 'node:fs';
import type { Network } from '../../core/graph/graph';
import { withKeptHead } from '../../core/graph/graph-edit';
import { readLayersModelFromFiles } from '../readers/layers-model';
import { type PicturesAtHand, tensorPictures } from '../run/pictures';

/** Reference runs of PyTorch Lightning (`fixtures/lightning-*`), for tests in Node. */

/**
 * `lightning-tiny` are the runs as they were handed over, `lightning-resnetlike` others on a network with
 * residual adds, by the generator in `scripts`.
 */
export const FIXTURES = ['lightning-tiny', 'lightning-resnetlike'] as const;

export type Fixture = (typeof FIXTURES)[number];

export interface ReferenceRun {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly steps: readonly (number | { readonly loss: number })[];
  readonly epochs: readonly {
    readonly epoch: number;
    readonly headLr?: number;
    readonly backboneLr?: number | null;
    /** Of a run of more than two phases, instead of the two rates. */
    readonly groups?: readonly { readonly lr: number; readonly parameters: readonly string[] }[];
    readonly valLoss: number;
    readonly valAccuracy: number;
  }[];
  readonly weightsAfterEpoch: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
  /** Of PyTorch's own float32 run from this one. */
  readonly float32Drift?: { readonly loss: number; readonly weights: number };
}

export function runNames(fixture: Fixture): readonly string[] {
  return readdirSync(`fixtures/${fixture}/runs`).map((file) => file.replace('.json', ''));
}

export function referenceRun(fixture: Fixture, name: string): ReferenceRun {
  const run = readRun(fixture, name);
  if (fixture !== 'lightning-tiny') return run;
  // The files hold two snapshots, of the last frozen epoch and of the last one, but here both are bit for bit
  // the last one's: its recorder kept references to tensors that went on training. The earlier one is taken
  // from the same run made anew.
  const epochs = Object.keys(run.weightsAfterEpoch);
  const last = String(Math.max(...epochs.map(Number)));
  const { weightsAfterEpoch: anew, float32Drift } = regeneratedRun(name);
  const drift = run.float32Drift === undefined && float32Drift !== undefined ? { float32Drift } : {};
  const weights = epochs.map(
    (epoch) => [epoch, (epoch === last ? run.weightsAfterEpoch : anew)[epoch]!] as const,
  );
  return { ...run, ...drift, weightsAfterEpoch: Object.fromEntries(weights) };
}

/** A run of `lightning-tiny` as our own generator makes it. */
export function regeneratedRun(name: string): ReferenceRun {
  return readRun('lightning-tiny-regenerated', name);
}

function readRun(folder: string, name: string): ReferenceRun {
  const run = JSON.parse(readFileSync(`fixtures/${folder}/runs/${name}.json`, 'utf8')) as ReferenceRun & {
    /** What the run's `lambdaFunc` gave, by its argument. */
    readonly lambdaFuncValues?: Readonly<Record<string, number>>;
  };
  const values = run.lambdaFuncValues;
  if (values === undefined) return run;
  return { ...run, config: { ...run.config, lambdaFunc: (epoch: number) => values[epoch] } };
}

/** The run of three phases by the finetuning-scheduler package, on the network of `lightning-tiny`. */
export interface FtsRun extends ReferenceRun {
  readonly ftSchedule: Readonly<
    Record<
      string,
      { readonly params: readonly string[]; readonly lr?: number; readonly max_transition_epoch: number }
    >
  >;
}

export function ftsRun(): FtsRun {
  return JSON.parse(readFileSync('fixtures/lightning-fts/three-phases.json', 'utf8')) as FtsRun;
}

export async function fixtureNetwork(fixture: Fixture): Promise<Network> {
  const files = ['model.json', 'weights.bin'].map((name) => ({
    name,
    bytes: bufferOf(`fixtures/${fixture}/${name}`),
  }));
  return withKeptHead(await readLayersModelFromFiles(files), dataFile(fixture).backboneEnd);
}

export interface FixtureData {
  readonly train: PicturesAtHand;
  readonly validation: PicturesAtHand;
  readonly classNames: readonly string[];
}

export function fixtureData(fixture: Fixture): FixtureData {
  const { shape, labels, valLabels, classNames } = dataFile(fixture);
  const [, height, width, channels] = shape;
  const pictures = (file: string, of: readonly number[]) =>
    tensorPictures(new Float32Array(bufferOf(`fixtures/${fixture}/${file}`)), [height, width, channels], of);
  return { train: pictures('train.bin', labels), validation: pictures('val.bin', valLabels), classNames };
}

export function bufferOf(path: string): ArrayBuffer {
  const file = readFileSync(path);
  return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
}

interface DataFile {
  readonly shape: readonly [number, number, number, number];
  readonly labels: readonly number[];
  readonly valLabels: readonly number[];
  readonly classNames: readonly string[];
  readonly backboneEnd: string;
}

function dataFile(fixture: Fixture): DataFile {
  return JSON.parse(readFileSync(`fixtures/${fixture}/data.json`, 'utf8')) as DataFile;
}
