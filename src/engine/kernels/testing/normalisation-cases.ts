import fc from 'fast-check';
import type { Activation } from '../../../core/graph/graph';
import type { BufferId } from '../../step-plan/calls/call';
import { FUSIBLE_ACTIVATIONS } from './convolution-cases';
import { CaseBuilder, type KernelCase } from './kernel-case';

interface Drawn {
  readonly rows: number;
  readonly channels: number;
  readonly activation: Activation;
  readonly affine: boolean;
  readonly extra: boolean;
  readonly seed: number;
}

/** A few rows or many, so that chunked sums meet their edges; channels off every multiple. */
const drawn: fc.Arbitrary<Drawn> = fc.record({
  rows: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 250, max: 1100 })),
  channels: fc.integer({ min: 1, max: 37 }),
  activation: fc.constantFrom(...FUSIBLE_ACTIVATIONS),
  affine: fc.boolean(),
  extra: fc.boolean(),
  seed: fc.nat(),
});

const layer = 'layer';
const epsilon = 1e-3;

function any(make: (build: CaseBuilder, drawn: Drawn) => KernelCase): fc.Arbitrary<KernelCase> {
  return drawn.map((sizes) => make(new CaseBuilder(sizes.seed), sizes));
}

function statistics(build: CaseBuilder, { channels, affine }: Drawn) {
  return {
    mean: build.normal(channels),
    variance: build.positive(channels),
    gamma: affine ? build.normal(channels, 1, 0.3) : null,
    beta: affine ? build.normal(channels) : null,
  };
}

export const NORMALISATION_CASES = {
  batchNormStatistics: any((build, { rows, channels, extra }) => {
    // A mean far from zero: Σx² − mean² would cancel.
    const input = build.normal(rows * channels, 20, 2);
    const outputs = {
      mean: build.written(channels),
      variance: build.written(channels),
      movingMean: extra ? build.normal(channels) : null,
      movingVariance: extra ? build.positive(channels) : null,
    };
    return build.build({
      kind: 'batchNormStatistics',
      layer,
      rows,
      channels,
      momentum: 0.9,
      inputs: { input },
      outputs,
    });
  }),
  batchNormApply: any((build, sizes) => {
    const { rows, channels, activation, extra } = sizes;
    const elements = rows * channels;
    const inputs = {
      ...statistics(build, sizes),
      input: build.normal(elements, 0, 3),
      residual: extra ? build.normal(elements) : null,
    };
    return build.build({
      kind: 'batchNormApply',
      layer,
      rows,
      channels,
      epsilon,
      activation,
      inputs,
      outputs: { output: build.written(elements) },
    });
  }),
  batchNormParameterGradient: any((build, sizes) => {
    const { rows, channels, activation } = sizes;
    const elements = rows * channels;
    const inputs = {
      ...statistics(build, sizes),
      input: build.normal(elements, 0, 3),
      outputGradient: build.normal(elements),
    };
    const outputs = { gammaGradient: build.written(channels), betaGradient: build.written(channels) };
    return build.build({
      kind: 'batchNormParameterGradient',
      layer,
      rows,
      channels,
      epsilon,
      activation,
      inputs,
      outputs,
    });
  }),
  batchNormInputGradient: any((build, sizes) => {
    const { rows, channels, activation, extra } = sizes;
    const elements = rows * channels;
    const sums = (): BufferId | null => (extra ? build.normal(channels, 0, Math.sqrt(rows)) : null);
    const inputs = {
      ...statistics(build, sizes),
      input: build.normal(elements, 0, 3),
      outputGradient: build.normal(elements),
      gammaGradient: sums(),
      betaGradient: sums(),
    };
    return build.build({
      kind: 'batchNormInputGradient',
      layer,
      rows,
      channels,
      epsilon,
      activation,
      inputs,
      outputs: { inputGradient: build.written(elements) },
    });
  }),
  foldBatchNorm: any((build, sizes) => {
    const { rows, channels, extra } = sizes;
    const inputs = {
      ...statistics(build, sizes),
      filter: build.normal(rows * channels),
      bias: extra ? build.normal(channels) : null,
    };
    const outputs = { foldedFilter: build.written(rows * channels), foldedBias: build.written(channels) };
    return build.build({ kind: 'foldBatchNorm', layer, rows, channels, epsilon, inputs, outputs });
  }),
  unfoldGradient: any((build, { rows, channels, affine }) => {
    const inputs = {
      foldedGradient: build.normal(rows * channels),
      gamma: affine ? build.normal(channels) : null,
      variance: build.positive(channels),
    };
    return build.build({
      kind: 'unfoldGradient',
      layer,
      rows,
      channels,
      epsilon,
      inputs,
      outputs: { gradient: build.written(rows * channels) },
    });
  }),
  layerNorm: any((build, { rows, channels, affine }) => {
    const inputs = {
      input: build.normal(rows * channels, 2, 3),
      gamma: affine ? build.normal(channels) : null,
      beta: affine ? build.normal(channels) : null,
    };
    return build.build({
      kind: 'layerNorm',
      layer,
      rows,
      channels,
      epsilon,
      inputs,
      outputs: { output: build.written(rows * channels) },
    });
  }),
  layerNormInputGradient: any((build, { rows, channels, affine }) => {
    const inputs = {
      input: build.normal(rows * channels, 2, 3),
      gamma: affine ? build.normal(channels) : null,
      outputGradient: build.normal(rows * channels),
    };
    return build.build({
      kind: 'layerNormInputGradient',
      layer,
      rows,
      channels,
      epsilon,
      inputs,
      outputs: { inputGradient: build.written(rows * channels) },
    });
  }),
  layerNormParameterGradient: any((build, { rows, channels }) => {
    const inputs = {
      input: build.normal(rows * channels, 2, 3),
      outputGradient: build.normal(rows * channels),
    };
    const outputs = { gammaGradient: build.written(channels), betaGradient: build.written(channels) };
    return build.build({
      kind: 'layerNormParameterGradient',
      layer,
      rows,
      channels,
      epsilon,
      inputs,
      outputs,
    });
  }),
} as const;
