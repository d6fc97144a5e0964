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

export function depthwiseSteps(
  call: CallOf<'conv2d' | 'depthwiseConv2d' | 'conv2dInputGradient' | 'depthwiseConv2dInputGradient'>,
  to: StepRecorder,
): void {
  const { geometry: g } = call;
  const forward = 'activation' in call;
  const [height, width] = forward ? [g.outputHeight, g.outputWidth] : [g.inputHeight, g.inputWidth];
  const byPictures = width < NARROW_COLUMNS && g.batch >= PICTURES_TOGETHER;
  const rows = byPictures ? 0 : Math.max(1, Math.floor(TASK_ELEMENTS / (width * g.inputChannels)));
  const tasks = byPictures ? ceilDivide(g.batch, PICTURES_TOGETHER) : ceilDivide(g.batch * height, rows);
  if (forward) {
    const { inputs, outputs } = call;
    const ends = [inputs.input, inputs.filter, inputs.bias, inputs.residual, outputs.output].map((id) =>
      to.at(id),
    );
    const words = [...ends, ACTIVATION_NUMBERS[call.activation], 0, rows, 0];
    to.step('depthwise', tasks, [...geometryWords(g), ...words]);
    return;
  }
  const dx = to.at(call.outputs.inputGradient);
  const ends = [
    to.at(call.inputs.outputGradient),
    to.at(call.inputs.filter),
    0,
    call.write === 'add' ? dx : 0,
    dx,
  ];
  to.step('depthwise', tasks, [...geometryWords(g), ...ends, ACTIVATION_NUMBERS.linear, 1, rows, 0]);
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
  const words = [to.at(inputs.input), to.at(inputs.outputGradient), sums, pictures];
  to.step('depthwiseFilterGradient', parts * blocks, [...geometryWords(g), ...words]);
  if (parts > 1) combineSteps(to, sums, elements, parts, elements, dw);
}
