import fc from 'fast-check';
import type { Activation, Padding } from '../../../core/graph/graph';
import { type ConvGeometry, resolveWindow } from '../../step-plan/geometry';
import { CaseBuilder, type KernelCase } from './kernel-case';

export type ConvolutionKind =
  | 'conv2d'
  | 'depthwiseConv2d'
  | 'conv2dInputGradient'
  | 'depthwiseConv2dInputGradient'
  | 'conv2dFilterGradient'
  | 'depthwiseConv2dFilterGradient';

export const FUSIBLE_ACTIVATIONS: readonly Activation[] = [
  'linear',
  'relu',
  'relu6',
  'silu',
  'hardSwish',
  'sigmoid',
  'hardSigmoid',
  'kerasHardSigmoid',
  'tanh',
  'gelu',
  'geluTanh',
];

export interface ConvolutionSizes {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly inputChannels: number;
  readonly outputChannels: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly padding: Padding;
  readonly groups: number;
}

export function convolutionGeometry(sizes: ConvolutionSizes): ConvGeometry {
  const { batch, height, width, inputChannels, outputChannels } = sizes;
  const window = {
    kernelSize: sizes.kernel,
    strides: sizes.stride,
    dilation: sizes.dilation,
    padding: sizes.padding,
  };
  const input = [height, width, inputChannels] as const;
  return { ...resolveWindow(batch, input, outputChannels, window), groups: sizes.groups };
}

export interface ConvolutionExtras {
  readonly activation: Activation;
  readonly bias: boolean;
  readonly residual: boolean;
  readonly write: 'overwrite' | 'add';
  readonly seed: number;
}

export function convolutionCase(
  kind: ConvolutionKind,
  geometry: ConvGeometry,
  extras: ConvolutionExtras,
): KernelCase {
  const build = new CaseBuilder(extras.seed);
  const g = geometry;
  const inputs = g.batch * g.inputHeight * g.inputWidth * g.inputChannels;
  const outputs = g.batch * g.outputHeight * g.outputWidth * g.outputChannels;
  const filters = (g.kernelHeight * g.kernelWidth * g.inputChannels * g.outputChannels) / g.groups;
  const layer = 'layer';
  switch (kind) {
    case 'conv2d':
    case 'depthwiseConv2d': {
      const ports = {
        input: build.normal(inputs),
        filter: build.normal(filters),
        bias: extras.bias ? build.normal(g.outputChannels) : null,
        residual: extras.residual ? build.normal(outputs) : null,
      };
      const { activation } = extras;
      return build.build({
        kind,
        layer,
        geometry,
        activation,
        inputs: ports,
        outputs: { output: build.written(outputs) },
      });
    }
    case 'conv2dInputGradient':
    case 'depthwiseConv2dInputGradient': {
      const ports = { outputGradient: build.normal(outputs), filter: build.normal(filters) };
      const inputGradient = extras.write === 'add' ? build.normal(inputs) : build.written(inputs);
      return build.build({
        kind,
        layer,
        geometry,
        write: extras.write,
        inputs: ports,
        outputs: { inputGradient },
      });
    }
    case 'conv2dFilterGradient':
    case 'depthwiseConv2dFilterGradient': {
      const ports = { input: build.normal(inputs), outputGradient: build.normal(outputs) };
      return build.build({
        kind,
        layer,
        geometry,
        inputs: ports,
        outputs: { filterGradient: build.written(filters) },
      });
    }
  }
}

export function isDepthwise(kind: ConvolutionKind): boolean {
  return kind.startsWith('depthwise');
}

const pixels = fc.integer({ min: 0, max: 2 });
const anyPadding: fc.Arbitrary<Padding> = fc.oneof(
  fc.constant<Padding>('same'),
  fc.constant<Padding>('valid'),
  fc.record({ top: pixels, bottom: pixels, left: pixels, right: pixels }),
);
const extras: fc.Arbitrary<ConvolutionExtras> = fc.record({
  activation: fc.constantFrom(...FUSIBLE_ACTIVATIONS),
  bias: fc.boolean(),
  residual: fc.boolean(),
  write: fc.constantFrom('overwrite' as const, 'add' as const),
  seed: fc.nat(),
});

/** Any sizes at which the window fits, half of them 1×1 convolutions (a network's most). */
export function anyConvolution(kind: ConvolutionKind): fc.Arbitrary<KernelCase> {
  const side = fc.integer({ min: 1, max: 9 });
  const extent = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 7 }));
  const step = fc.integer({ min: 1, max: 2 });
  return fc
    .record({
      batch: fc.integer({ min: 1, max: 3 }),
      height: side,
      width: side,
      channels: fc.integer({ min: 1, max: 19 }),
      others: fc.integer({ min: 1, max: 19 }),
      multiplier: fc.integer({ min: 1, max: 2 }),
      kernel: fc.oneof(fc.constant([1, 1] as const), fc.tuple(extent, extent)),
      stride: fc.oneof(fc.constant([1, 1] as const), fc.tuple(step, step)),
      dilation: fc.oneof(fc.constant([1, 1] as const), fc.tuple(step, step)),
      padding: anyPadding,
      groups: fc.constantFrom(1, 1, 2, 3),
      extras,
    })
    .map((drawn) => {
      const { channels, others, multiplier, groups: wanted } = drawn;
      const depthwise = isDepthwise(kind);
      const groups = depthwise ? channels : wanted;
      const inputChannels = depthwise ? channels : channels * groups;
      const outputChannels = depthwise ? channels * multiplier : others * groups;
      const geometry = convolutionGeometry({ ...drawn, inputChannels, outputChannels, groups });
      return { geometry, extras: drawn.extras };
    })
    .filter(({ geometry }) => geometry.outputHeight > 0 && geometry.outputWidth > 0)
    .map((drawn) => convolutionCase(kind, drawn.geometry, drawn.extras));
}

/**
 * 1×1 to 7×7, strides 1 and 2, three paddings: none left to chance. Odd sizes, five channels. And what kernels do
 * several pictures at a time, or a picture in several parts.
 */
export function convolutionGrid(kind: ConvolutionKind): readonly KernelCase[] {
  const explicit = { top: 1, bottom: 2, left: 2, right: 0 };
  const small = [1, 2, 3, 4, 5, 6, 7].flatMap((kernel) =>
    [1, 2].flatMap((stride) =>
      (['same', 'valid', explicit] as const).map((padding, index) => {
        const seed = kernel * 100 + stride * 10 + index;
        return gridCase(kind, { batch: 1, height: 9, width: 11, channels: 5, kernel, stride, padding, seed });
      }),
    ),
  );
  const large = [1, 2].flatMap((stride) => {
    const of = { kernel: 3, stride, padding: 'same', seed: stride } as const;
    return [
      gridCase(kind, { ...of, batch: 5, height: 9, width: 11, channels: 5 }),
      gridCase(kind, { ...of, batch: 1, height: 41, width: 42, channels: 44 }),
    ];
  });
  // Of whole blocks of results, whatever their sides, as a picture of 96 pixels is down to its last layers.
  const even = [3, 5].flatMap((kernel) =>
    [1, 2].flatMap((stride) =>
      [8, 12].map((height) => {
        const seed = kernel * 100 + stride * 10 + height;
        const sizes = { batch: 2, height, width: 20 - height, channels: 8, kernel, stride, seed } as const;
        return gridCase(kind, { ...sizes, padding: 'same' });
      }),
    ),
  );
  return [...small, ...large, ...even];
}

interface GridSizes {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: Padding;
  readonly seed: number;
}

function gridCase(kind: ConvolutionKind, { channels, kernel, stride, seed, ...rest }: GridSizes): KernelCase {
  const depthwise = isDepthwise(kind);
  const geometry = convolutionGeometry({
    ...rest,
    inputChannels: channels,
    outputChannels: depthwise ? channels : 7,
    kernel: [kernel, kernel],
    stride: [stride, stride],
    dilation: [1, 1],
    groups: depthwise ? channels : 1,
  });
  return convolutionCase(kind, geometry, {
    activation: 'linear',
    bias: true,
    residual: false,
    write: 'overwrite',
    seed,
  });
}
