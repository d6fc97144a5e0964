import fc from 'fast-check';
import type { Padding } from '../../../core/graph/graph';
import { resolveWindow, type WindowGeometry } from '../../step-plan/geometry';
import { CaseBuilder, type KernelCase } from './kernel-case';

const layer = 'layer';

const window: fc.Arbitrary<{ readonly geometry: WindowGeometry; readonly seed: number }> = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    input: fc.tuple(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 19 }),
    ),
    kernel: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
    strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    // Never a whole window of padding: a maximum of nothing is undefined.
    padding: fc.constantFrom<Padding>('same', 'valid', { top: 1, bottom: 1, left: 1, right: 1 }),
    seed: fc.nat(),
  })
  .filter(({ kernel, padding }) => typeof padding !== 'object' || (kernel[0] >= 2 && kernel[1] >= 2))
  .map(({ batch, input, kernel, strides, padding, seed }) => {
    const spec = { kernelSize: kernel, strides, dilation: [1, 1], padding } as const;
    return { geometry: resolveWindow(batch, input, input[2], spec), seed };
  })
  .filter(({ geometry }) => geometry.outputHeight > 0 && geometry.outputWidth > 0);

function pooled(
  make: (build: CaseBuilder, geometry: WindowGeometry, inputs: number, outputs: number) => KernelCase,
) {
  return window.map(({ geometry: g, seed }) => {
    const inputs = g.batch * g.inputHeight * g.inputWidth * g.inputChannels;
    const outputs = g.batch * g.outputHeight * g.outputWidth * g.outputChannels;
    return make(new CaseBuilder(seed), g, inputs, outputs);
  });
}

const padded = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  height: fc.integer({ min: 1, max: 8 }),
  width: fc.integer({ min: 1, max: 8 }),
  channels: fc.integer({ min: 1, max: 9 }),
  top: fc.nat({ max: 3 }),
  bottom: fc.nat({ max: 3 }),
  left: fc.nat({ max: 3 }),
  right: fc.nat({ max: 3 }),
  seed: fc.nat(),
});

function framed(kind: 'pad' | 'crop'): fc.Arbitrary<KernelCase> {
  return padded.map(({ batch, height, width, channels, top, bottom, left, right, seed }) => {
    const build = new CaseBuilder(seed);
    const small = { height, width };
    const large = { height: height + top + bottom, width: width + left + right };
    const [from, to] = kind === 'pad' ? [small, large] : [large, small];
    const input = build.normal(batch * from.height * from.width * channels);
    const output = build.written(batch * to.height * to.width * channels);
    const sizes = {
      inputHeight: from.height,
      inputWidth: from.width,
      outputHeight: to.height,
      outputWidth: to.width,
    };
    return build.build({
      kind,
      layer,
      batch,
      ...sizes,
      channels,
      top,
      left,
      inputs: { input },
      outputs: { output },
    });
  });
}

const updates = fc.record({
  elements: fc.integer({ min: 1, max: 700 }),
  weightDecay: fc.constantFrom(0, 0.01),
  momentum: fc.constantFrom(0, 0.9),
  decay: fc.constantFrom('l2' as const, 'decoupled' as const),
  step: fc.integer({ min: 1, max: 1000 }),
  seed: fc.nat(),
});

export const OTHER_CASES = {
  maxPool: pooled((build, geometry, inputs, outputs) =>
    build.build({
      kind: 'maxPool',
      layer,
      geometry,
      inputs: { input: build.normal(inputs) },
      outputs: { output: build.written(outputs) },
    }),
  ),
  averagePool: pooled((build, geometry, inputs, outputs) =>
    build.build({
      kind: 'averagePool',
      layer,
      geometry,
      inputs: { input: build.normal(inputs) },
      outputs: { output: build.written(outputs) },
    }),
  ),
  maxPoolGradient: pooled((build, geometry, inputs, outputs) => {
    // Whole numbers, so that ties are common: the first maximum takes the gradient.
    const input = build.labels(inputs, 4);
    const ports = { input, outputGradient: build.normal(outputs) };
    return build.build({
      kind: 'maxPoolGradient',
      layer,
      geometry,
      inputs: ports,
      outputs: { inputGradient: build.written(inputs) },
    });
  }),
  averagePoolGradient: pooled((build, geometry, inputs, outputs) =>
    build.build({
      kind: 'averagePoolGradient',
      layer,
      geometry,
      inputs: { outputGradient: build.normal(outputs) },
      outputs: { inputGradient: build.written(inputs) },
    }),
  ),
  pad: framed('pad'),
  crop: framed('crop'),
  softmaxCrossEntropy: fc
    .record({
      batch: fc.integer({ min: 1, max: 40 }),
      classes: fc.integer({ min: 2, max: 33 }),
      weighted: fc.boolean(),
      gradient: fc.boolean(),
      seed: fc.nat(),
    })
    .map(({ batch, classes, weighted, gradient, seed }) => {
      const build = new CaseBuilder(seed);
      // Logits far from 0: exp without taking the maximum off would overflow.
      const inputs = {
        logits: build.normal(batch * classes, 90, 3),
        labels: build.labels(batch, classes),
        classWeights: weighted ? build.positive(classes) : null,
      };
      const outputs = {
        outcome: build.written(2),
        logitsGradient: gradient ? build.written(batch * classes) : null,
      };
      return build.build({ kind: 'softmaxCrossEntropy', layer, batch, classes, inputs, outputs });
    }),
  sgdUpdate: updates.map(({ elements, weightDecay, momentum, seed }) => {
    const build = new CaseBuilder(seed);
    const inputs = { gradient: build.normal(elements) };
    const outputs = {
      weights: build.normal(elements),
      velocity: momentum === 0 ? null : build.normal(elements),
    };
    return build.build(
      { kind: 'sgdUpdate', layer, elements, momentum, weightDecay, learningRate: 0, inputs, outputs },
      [0.05],
    );
  }),
  adamUpdate: updates.map(({ elements, weightDecay, decay, step, seed }) => {
    const build = new CaseBuilder(seed);
    const [beta1, beta2] = [0.9, 0.999];
    const inputs = { gradient: build.normal(elements) };
    const outputs = {
      weights: build.normal(elements),
      firstMoment: build.normal(elements),
      secondMoment: build.positive(elements),
    };
    const scalars = [0.01, 0.01 / (1 - beta1 ** step), 1 / Math.sqrt(1 - beta2 ** step)];
    const indices = { learningRate: 0, stepSize: 1, varianceScale: 2 };
    return build.build(
      {
        kind: 'adamUpdate',
        layer,
        elements,
        beta1,
        beta2,
        epsilon: 1e-8,
        weightDecay,
        decay,
        ...indices,
        inputs,
        outputs,
      },
      scalars,
    );
  }),
} as const;
