import { readFileSync } from 'node:fs';
import { type BatchNormMode, FROZEN_BATCH_NORM, TRAINABLE_BATCH_NORM } from '../../core/batch-norm';
import { isStatistic, type Network } from '../../core/graph/graph';
import { cutAtBackboneEnd, withNewHead } from '../../core/graph/graph-edit';
import type { OptimizerOptions } from '../../core/options/train-config';
import type { Batch, ExecutablePhase } from '../executor';
import { readLayersModelFromFiles } from '../readers/layers-model';
import { bufferOf } from './lightning-tiny';

/** docs/reference-runs.md tells what was recorded, and how far PyTorch's own float32 is from it. */
export interface RecordedSteps {
  readonly losses: readonly number[];
  readonly variables: Readonly<
    Record<
      string,
      {
        readonly zeroGradient: boolean;
        readonly gradientNorm: number;
        readonly gradientProjection: number;
        readonly adamProjection: number;
        readonly adamWeight: number;
      }
    >
  >;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
  readonly updates: Readonly<Record<string, readonly number[]>>;
  readonly statistics: Readonly<Record<string, readonly number[]>>;
}

const FOLDER = 'fixtures/efficientnet-step';
const step = JSON.parse(readFileSync(`${FOLDER}/step.json`, 'utf8')) as {
  readonly shape: Batch['shape'];
  readonly labels: readonly number[];
  readonly betaShifts: { readonly unit: number };
  readonly adam: { readonly learningRate: number };
  readonly sgd: { readonly learningRate: number; readonly momentum: number };
  readonly batchNormTrained: RecordedSteps;
  readonly batchNormFrozen: RecordedSteps;
};

export const ADAM_RATE = step.adam.learningRate;
export const MOMENTUM_RATE = step.sgd.learningRate;
export const ADAM: OptimizerOptions = {
  kind: 'adam',
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
};
export const SGD: OptimizerOptions = { kind: 'sgd', momentum: 0, weightDecay: 0 };
export const MOMENTUM: OptimizerOptions = { kind: 'sgd', momentum: step.sgd.momentum, weightDecay: 0 };

export const RECORDED_MODES = [
  { title: 'BatchNorm frozen', mode: FROZEN_BATCH_NORM, recorded: step.batchNormFrozen },
  { title: 'BatchNorm trained', mode: TRAINABLE_BATCH_NORM, recorded: step.batchNormTrained },
] as const;

export function recordedBatch(): Batch {
  const images = new Float32Array(bufferOf('fixtures/efficientnet-lite0/reference-input-96.bin'));
  return { images, shape: step.shape, labels: Int32Array.from(step.labels) };
}

/** The bundled EfficientNet-Lite0 with the recorded head, every gate of its first step cleared. */
export async function recordedNetwork(): Promise<Network> {
  const names = ['model.json', 'group1-shard1of2.bin', 'group1-shard2of2.bin'];
  const whole = await readLayersModelFromFiles(
    names.map((name) => ({ name, bytes: bufferOf(`public/backbones/efficientnet-lite0/${name}`) })),
  );
  const { graph, weights: loaded } = withNewHead(cutAtBackboneEnd(whole, 'top_relu'), step.labels.length, 0);
  const head = new Float32Array(bufferOf(`${FOLDER}/head.bin`));
  const kernel = loaded.get('head_logits/kernel')!.length;
  const weights = new Map(loaded);
  weights.set('head_logits/kernel', head.slice(0, kernel));
  weights.set('head_logits/bias', head.slice(kernel));

  const shifts = new Int8Array(bufferOf(`${FOLDER}/beta-shifts.bin`));
  let first = 0;
  for (const layer of graph.layers) {
    if (layer.kind !== 'batchNorm') continue;
    const name = layer.weights.find(({ role }) => role === 'beta')!.name;
    const beta = weights.get(name)!;
    const shifted = beta.map((value, channel) => value + shifts[first + channel]! * step.betaShifts.unit);
    weights.set(name, shifted);
    first += beta.length;
  }
  return { graph, weights };
}

export function phaseOf(
  { graph: { layers } }: Network,
  mode: BatchNormMode,
  optimizer: OptimizerOptions,
  part: 'all' | 'head',
): ExecutablePhase {
  const trained = layers
    .filter((layer) => part === 'all' || layer.part === 'head')
    .filter((layer) => layer.kind !== 'batchNorm' || mode.affine === 'trained')
    .flatMap((layer) => layer.weights.filter(({ role }) => !isStatistic(role)))
    .map(({ name }) => ({ name, group: 0 }));
  const batchNorm = layers.flatMap((layer) =>
    layer.kind === 'batchNorm' ? [[layer.name, mode] as const] : [],
  );
  return { trained, batchNorm: new Map(batchNorm), optimizer };
}

/** The record calls the head's layer `logits`. */
export function recordedBy<Value>(
  values: Readonly<Record<string, Value>>,
): readonly (readonly [string, Value])[] {
  return Object.entries(values).map(([name, value]) => [name.replace(/^logits\//, 'head_logits/'), value]);
}
