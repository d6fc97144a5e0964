import type { ConvGeometry } from '../../step-plan/geometry';
import type { CallOf } from '../../step-plan/operations';
import { combineSteps } from '../wasm/combine';
import type { StepRecorder } from '../wasm/program';
import { ceilDivide } from '../wasm/tasks';
import { ACTIVATION_NUMBERS, geometryWords } from '../wasm/words';

/** Narrower pictures are mostly border: 4 pictures are handled together instead of 4 columns. */
const NARROW_COLUMNS = 16;
const PICTURES_TOGETHER = 4;
/** Output pixels × channels a task. */
const TASK_ELEMENTS = 32_768;
/** The same in slabs, whose first and last rows are read by two tasks. */
const SLAB_TASK_ELEMENTS = 65_536;
const ENOUGH_TASKS = 16;

/** One filter a channel: the depthwise kernels; any other multiplier goes the way of grouped convolutions. */
export function isPlainDepthwise(g: ConvGeometry): boolean {
  return g.groups > 1 && g.groups === g.inputChannels && g.groups === g.outputChannels;
}

type ForwardCall = CallOf<'conv2d' | 'depthwiseConv2d'>;
type InputGradientCall = CallOf<'conv2dInputGradient' | 'depthwiseConv2dInputGradient'>;

interface DepthwiseSplit {
  /** Rows of pictures a task; 0: 4 whole pictures. */
  readonly rows: number;
  readonly tasks: number;
}

function splitDepthwise(batch: number, height: number, width: number, channels: number): DepthwiseSplit {
  if (width < NARROW_COLUMNS && batch >= PICTURES_TOGETHER) {
    return { rows: 0, tasks: ceilDivide(batch, PICTURES_TOGETHER) };
  }
  const rows = Math.max(1, Math.floor(TASK_ELEMENTS / (width * channels)));
  return { rows, tasks: ceilDivide(batch * height, rows) };
}

/** What depthwise-slab.as.ts does, where copying to slabs pays: in narrow pictures it would copy mostly border. */
function fitsSlabs(g: ConvGeometry): boolean {
  const isDense = g.strideHeight * g.strideWidth * g.dilationHeight * g.dilationWidth === 1;
  const isKnown = g.kernelWidth === 3 && g.padTop < g.kernelHeight && g.padLeft < g.kernelWidth;
  return isDense && isKnown && (g.inputWidth >= NARROW_COLUMNS || g.batch < PICTURES_TOGETHER);
}

interface WrittenSide {
  readonly height: number;
  readonly width: number;
  readonly isGradient: 0 | 1;
}

/** @param ends addresses of x, w, bias, residual and y */
function recordDepthwise(
  g: ConvGeometry,
  { height, width, isGradient }: WrittenSide,
  ends: readonly number[],
  activation: number,
  to: StepRecorder,
): void {
  const words = [...geometryWords(g), ...ends, activation, isGradient];
  const channels = g.inputChannels;
  if (!fitsSlabs(g)) {
    const { rows, tasks } = splitDepthwise(g.batch, height, width, channels);
    to.step('depthwise', tasks, [...words, rows]);
    return;
  }
  const bands = Math.min(height, ceilDivide(height * width * channels, SLAB_TASK_ELEMENTS));
  const rows = ceilDivide(height, bands);
  const paddedWidth = 4 * ceilDivide(width, 4) + g.kernelWidth - 1;
  const own = 8 * (g.kernelHeight * g.kernelWidth + (rows + g.kernelHeight - 1) * paddedWidth);
  const scratch = to.scratch(to.threads * own);
  to.step('depthwiseSlabs', g.batch * ceilDivide(height, rows), [...words, rows, scratch, 4 * own]);
}

export function depthwiseSteps(call: ForwardCall, to: StepRecorder): void {
  const { geometry: g, inputs, outputs } = call;
  const ids = [inputs.input, inputs.filter, inputs.bias, inputs.residual, outputs.output];
  const ends = ids.map((id) => to.at(id));
  const side = { height: g.outputHeight, width: g.outputWidth, isGradient: 0 } as const;
  recordDepthwise(g, side, ends, ACTIVATION_NUMBERS[call.activation], to);
}

export function depthwiseInputGradientSteps(call: InputGradientCall, to: StepRecorder): void {
  const { geometry: g, inputs } = call;
  const dx = to.at(call.outputs.inputGradient);
  const residual = call.write === 'add' ? dx : 0;
  const ends = [to.at(inputs.outputGradient), to.at(inputs.filter), 0, residual, dx];
  const side = { height: g.inputHeight, width: g.inputWidth, isGradient: 1 } as const;
  recordDepthwise(g, side, ends, ACTIVATION_NUMBERS.linear, to);
}

export function depthwiseFilterGradientSteps(
  call: CallOf<'conv2dFilterGradient' | 'depthwiseConv2dFilterGradient'>,
  to: StepRecorder,
): void {
  const { geometry: g, inputs, outputs } = call;
  const blocks = ceilDivide(g.inputChannels, 8);
  const wanted = Math.min(g.batch, ceilDivide(ENOUGH_TASKS, blocks));
  const pictures = ceilDivide(g.batch, wanted);
  const parts = ceilDivide(g.batch, pictures);
  const elements = g.kernelHeight * g.kernelWidth * g.inputChannels;
  const dw = to.at(outputs.filterGradient);
  const sums = parts === 1 ? dw : to.scratch(parts * elements);
  // The columns that windows reach, from padLeft before the picture.
  const width = (g.outputWidth - 1) * g.strideWidth + (g.kernelWidth - 1) * g.dilationWidth + 1;
  const own = 8 * (g.kernelHeight * g.kernelWidth + g.inputHeight * width);
  const scratch = to.scratch(to.threads * own);
  const ends = [to.at(inputs.input), to.at(inputs.outputGradient), sums];
  const words = [...ends, pictures, scratch, 4 * own, width];
  to.step('depthwiseFilterGradient', parts * blocks, [...geometryWords(g), ...words]);
  if (parts > 1) combineSteps(to, sums, elements, parts, elements, dw);
}
