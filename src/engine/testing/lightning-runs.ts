import { readdirSync, readFileSync } from 'node:fs';
import type { Network } from '../../core/graph';
import { withKeptHead } from '../../core/graph-edit';
import { type Pictures, tensorPictures } from '../pictures';
import { readLayersModelFromFiles } from '../readers/layers-model';

/** Reference runs of PyTorch Lightning (`fixtures/lightning-*`), for tests in Node. */

/**
 * `lightning-tiny` are the runs as they were handed over; `lightning-tiny-regenerated` the same made anew,
 * and `lightning-resnetlike` others on a network with residual adds, by the generator in `scripts`.
 */
export const FIXTURES = ['lightning-tiny', 'lightning-tiny-regenerated', 'lightning-resnetlike'] as const;

export type Fixture = (typeof FIXTURES)[number];

export interface ReferenceRun {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly steps: readonly (number | { readonly loss: number })[];
  readonly epochs: readonly {
    readonly epoch: number;
    readonly headLr: number;
    readonly backboneLr: number | null;
    readonly valLoss: number;
    readonly valAccuracy: number;
  }[];
  readonly weightsAfterEpoch: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
}

export function runNames(fixture: Fixture): readonly string[] {
  return readdirSync(`fixtures/${fixture}/runs`).map((file) => file.replace('.json', ''));
}

export function referenceRun(fixture: Fixture, name: string): ReferenceRun {
  const run = JSON.parse(readFileSync(`fixtures/${fixture}/runs/${name}.json`, 'utf8')) as ReferenceRun & {
    /** What the run's `lambdaFunc` gave, by its argument. */
    readonly lambdaFuncValues?: Readonly<Record<string, number>>;
  };
  const values = run.lambdaFuncValues;
  if (values === undefined) return run;
  return { ...run, config: { ...run.config, lambdaFunc: (epoch: number) => values[epoch] } };
}

/**
 * The recorded weights that can be compared with, by epoch.
 *
 * The files hold two snapshots, of the last frozen epoch and of the last one, but in `lightning-tiny` both
 * are bit for bit the last one's, the frozen backbone's and the head's alike: its recorder kept references
 * to tensors that went on training. Such an earlier snapshot says nothing about its epoch and is left out;
 * `lightning-tiny-regenerated` has the same runs with both snapshots taken properly.
 */
export function recordedWeights(run: ReferenceRun): ReferenceRun['weightsAfterEpoch'] {
  const snapshots = Object.entries(run.weightsAfterEpoch).sort(([a], [b]) => Number(a) - Number(b));
  const last = JSON.stringify(snapshots.at(-1)?.[1]);
  return Object.fromEntries(
    snapshots.filter(
      ([, weights], index) => index === snapshots.length - 1 || JSON.stringify(weights) !== last,
    ),
  );
}

export async function fixtureNetwork(fixture: Fixture): Promise<Network> {
  const files = ['model.json', 'weights.bin'].map((name) => ({
    name,
    bytes: bufferOf(`fixtures/${fixture}/${name}`),
  }));
  return withKeptHead(await readLayersModelFromFiles(files), dataFile(fixture).backboneEnd);
}

export interface FixtureData {
  readonly train: Pictures;
  readonly validation: Pictures;
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
