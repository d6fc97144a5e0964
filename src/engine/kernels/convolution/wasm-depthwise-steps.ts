import type { ConvGeometry } from '../../step-plan/geometry';
import type { CallOf } from '../../step-plan/operations';
import { combineSteps } from '../wasm-combine';
import type { StepRecorder } from '../wasm-program';
import { ceilDivide } from '../wasm-tasks';
import { ACTIVATION_NUMBERS, geometryWords } from '../wasm-words';

/** Narrower pictures are mostly border: 4 pictures are handled together instead of 4 columns. */
const NARROW_COLUMNS = 16;
const PICTURES_TOGETHER = 4;
/** Output pixels × channels a task. */
const TASK_ELEMENTS = 32_768;
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

export function depthwiseSteps(call: ForwardCall, to: StepRecorder): void {
  const { geometry: g, inputs, outputs } = call;
  const { rows, tasks } = splitDepthwise(g.batch, g.outputHeight, g.outputWidth, g.inputChannels);
  const ids = [inputs.input, inputs.filter, inputs.bias, inputs.residual, outputs.output];
  const ends = ids.map((id) => to.at(id));
  const activation = ACTIVATION_NUMBERS[call.activation];
  to.step('depthwise', tasks, [...geometryWords(g), ...ends, activation, 0, rows]);
}

export function depthwiseInputGradientSteps(call: InputGradientCall, to: StepRecorder): void {
  const { geometry: g, inputs } = call;
  const { rows, tasks } = splitDepthwise(g.batch, g.inputHeight, g.inputWidth, g.inputChannels);
  const dx = to.at(call.outputs.inputGradient);
  const residual = call.write === 'add' ? dx : 0;
  const ends = [to.at(inputs.outputGradient), to.at(inputs.filter), 0, residual, dx];
  to.step('depthwise', tasks, [...geometryWords(g), ...ends, ACTIVATION_NUMBERS.linear, 1, rows]);
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
