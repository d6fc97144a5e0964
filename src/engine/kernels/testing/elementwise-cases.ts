import fc from 'fast-check';
import { activationGradientReads } from '../../step-plan/call-buffers';
import { activate } from '../activation/formulas';
import { FUSIBLE_ACTIVATIONS } from './convolution-cases';
import { CaseBuilder, type KernelCase } from './kernel-case';

const drawn = fc.record({
  batch: fc.integer({ min: 1, max: 4 }),
  positions: fc.integer({ min: 1, max: 60 }),
  channels: fc.integer({ min: 1, max: 37 }),
  activation: fc.constantFrom(...FUSIBLE_ACTIVATIONS),
  softmax: fc.boolean(),
  broadcast: fc.constantFrom('none' as const, 'perPicture' as const),
  write: fc.constantFrom('overwrite' as const, 'add' as const),
  extra: fc.boolean(),
  seed: fc.nat(),
});
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

const layer = 'layer';

function any(make: (build: CaseBuilder, drawn: Drawn) => KernelCase): fc.Arbitrary<KernelCase> {
  return drawn.map((sizes) => make(new CaseBuilder(sizes.seed), sizes));
}

function merge(kind: 'add' | 'multiply'): fc.Arbitrary<KernelCase> {
  return any((build, { batch, positions, channels, broadcast, activation }) => {
    const elements = batch * positions * channels;
    const inputs = {
      a: build.normal(elements, 0, 2),
      b: build.normal(broadcast === 'none' ? elements : batch * channels, 0, 2),
    };
    const outputs = { output: build.written(elements) };
    return build.build({ kind, layer, broadcast, activation, batch, positions, channels, inputs, outputs });
  });
}

/** Values over the whole bend of the activations. */
const SPREAD = 4;

export const ELEMENTWISE_CASES = {
  activation: any((build, { batch, positions, channels, activation, softmax }) => {
    const rows = batch * positions;
    const input = build.normal(rows * channels, 0, SPREAD);
    const output = build.written(rows * channels);
    return build.build({
      kind: 'activation',
      layer,
      activation: softmax ? 'softmax' : activation,
      rows,
      channels,
      inputs: { input },
      outputs: { output },
    });
  }),
  activationGradient: any((build, { batch, positions, channels, activation: fused, softmax }) => {
    const rows = batch * positions;
    const elements = rows * channels;
    const activation = softmax ? 'softmax' : fused;
    const fromInput = activationGradientReads(activation) === 'input';
    const inputs = {
      outputGradient: build.normal(elements),
      input: fromInput ? build.normal(elements, 0, SPREAD) : null,
      output: fromInput
        ? null
        : build.mapped(elements, SPREAD, (x) => (softmax ? Math.abs(x) / 20 : activate(activation, x))),
    };
    return build.build({
      kind: 'activationGradient',
      layer,
      activation,
      rows,
      channels,
      inputs,
      outputs: { inputGradient: build.written(elements) },
    });
  }),
  add: merge('add'),
  multiply: merge('multiply'),
  accumulate: any((build, { positions, channels }) => {
    const elements = positions * channels;
    const inputs = { source: build.normal(elements) };
    return build.build({
      kind: 'accumulate',
      layer,
      elements,
      inputs,
      outputs: { target: build.normal(elements) },
    });
  }),
  rescale: any((build, { positions, channels }) => {
    const elements = positions * channels;
    const inputs = { input: build.normal(elements) };
    return build.build({
      kind: 'rescale',
      layer,
      elements,
      scale: 1 / 128,
      offset: -0.99,
      inputs,
      outputs: { output: build.written(elements) },
    });
  }),
  zero: any((build, { positions, channels }) => {
    const elements = positions * channels;
    return build.build({
      kind: 'zero',
      layer,
      elements,
      inputs: {},
      outputs: { target: build.written(elements) },
    });
  }),
  dropout: any((build, { positions, channels, seed }) => {
    const elements = positions * channels;
    const inputs = { input: build.normal(elements) };
    const outputs = { output: build.written(elements) };
    return build.build(
      { kind: 'dropout', layer, elements, rate: 0.3, salt: seed % 200, seed: 0, inputs, outputs },
      [seed % 2 ** 24],
    );
  }),
  sumRows: any((build, { batch, positions, channels }) => {
    const rows = batch * positions;
    const inputs = { input: build.normal(rows * channels, 1) };
    return build.build({
      kind: 'sumRows',
      layer,
      rows,
      channels,
      inputs,
      outputs: { output: build.written(channels) },
    });
  }),
  sumPositions: any((build, { batch, positions, channels, extra }) => {
    const elements = batch * positions * channels;
    const inputs = { input: build.normal(elements, 1), factor: extra ? build.normal(elements) : null };
    return build.build({
      kind: 'sumPositions',
      layer,
      batch,
      positions,
      channels,
      scale: 1 / positions,
      inputs,
      outputs: { output: build.written(batch * channels) },
    });
  }),
  spreadPositions: any((build, { batch, positions, channels, write }) => {
    const elements = batch * positions * channels;
    const inputs = { input: build.normal(batch * channels) };
    const output = write === 'add' ? build.normal(elements) : build.written(elements);
    return build.build({
      kind: 'spreadPositions',
      layer,
      batch,
      positions,
      channels,
      scale: 1 / positions,
      write,
      inputs,
      outputs: { output },
    });
  }),
  copyChannels: any((build, { batch, positions, channels, seed }) => {
    const rows = batch * positions;
    const inputOffset = seed % 3;
    const outputOffset = seed % 5;
    const inputChannels = channels + inputOffset + (seed % 2);
    const outputChannels = channels + outputOffset + (seed % 4);
    const inputs = { input: build.normal(rows * inputChannels) };
    const outputs = { output: build.normal(rows * outputChannels) };
    return build.build({
      kind: 'copyChannels',
      layer,
      rows,
      count: channels,
      inputChannels,
      inputOffset,
      outputChannels,
      outputOffset,
      inputs,
      outputs,
    });
  }),
} as const;
