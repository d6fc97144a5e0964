import { type ConvGeometry, isMatrixProduct } from '../../step-plan/geometry';
import type { CallOf } from '../../step-plan/operations';
import { combineSteps } from '../wasm/combine';
import type { StepRecorder } from '../wasm/program';
import { ceilDivide, splitFilterGradient, splitProduct } from '../wasm/tasks';
import { ACTIVATION_NUMBERS, geometryWords } from '../wasm/words';
import {
  depthwiseFilterGradientSteps,
  depthwiseInputGradientSteps,
  depthwiseSteps,
  isPlainDepthwise,
} from './wasm-depthwise-steps';

type ForwardCall = CallOf<'conv2d' | 'depthwiseConv2d'>;
type InputGradientCall = CallOf<'conv2dInputGradient' | 'depthwiseConv2dInputGradient'>;
type FilterGradientCall = CallOf<'conv2dFilterGradient' | 'depthwiseConv2dFilterGradient'>;

/** Rows of windows at a time, and what a copy of a row may write past the end. */
const WINDOW_ROWS = 96;
const OVERRUN_ELEMENTS = 16;

/** One group's filter as a matrix [k, columns]. */
function filterMatrix(g: ConvGeometry): { k: number; columns: number } {
  return {
    k: (g.kernelHeight * g.kernelWidth * g.inputChannels) / g.groups,
    columns: g.outputChannels / g.groups,
  };
}

function outputRows(g: ConvGeometry): number {
  return g.batch * g.outputHeight * g.outputWidth;
}

export function convolutionSteps(call: ForwardCall, to: StepRecorder): void {
  const { geometry: g, inputs, outputs } = call;
  if (isPlainDepthwise(g)) {
    depthwiseSteps(call, to);
    return;
  }
  const { k, columns } = filterMatrix(g);
  const panels = g.groups * ceilDivide(columns, 8);
  const packed = to.scratch(panels * k * 8);
  to.step('packFilter', panels, [to.at(inputs.filter), k, columns, g.outputChannels, packed]);
  const ends = [to.at(inputs.bias), to.at(inputs.residual), to.at(outputs.output)];
  const activation = ACTIVATION_NUMBERS[call.activation];
  const rows = outputRows(g);
  if (isMatrixProduct(g)) {
    const split = splitProduct(rows, columns);
    const words = [to.at(inputs.input), rows, k, columns, packed, ...ends];
    to.step('matrixProduct', split.tasks, [...words, split.rows, split.panels, activation]);
    return;
  }
  const windowElements = WINDOW_ROWS * k + OVERRUN_ELEMENTS;
  const windows = to.scratch(to.threads * windowElements);
  const words = [to.at(inputs.input), packed, ...ends, WINDOW_ROWS, activation, windows, 4 * windowElements];
  to.step('windowProduct', ceilDivide(rows, WINDOW_ROWS), [...geometryWords(g), ...words]);
}

export function convolutionInputGradientSteps(call: InputGradientCall, to: StepRecorder): void {
  const { geometry: g, inputs, outputs } = call;
  if (isPlainDepthwise(g) && hasFastInputGradient(g)) {
    depthwiseInputGradientSteps(call, to);
    return;
  }
  const { k: columns, columns: k } = filterMatrix(g);
  const panels = g.groups * ceilDivide(columns, 8);
  const packed = to.scratch(panels * k * 8);
  to.step('packFilterTransposed', panels, [to.at(inputs.filter), k, columns, g.outputChannels, packed]);
  const dy = to.at(inputs.outputGradient);
  const dx = to.at(outputs.inputGradient);
  if (isMatrixProduct(g)) {
    const rows = outputRows(g);
    const split = splitProduct(rows, columns);
    const residual = call.write === 'add' ? dx : 0;
    const words = [dy, rows, k, columns, packed, 0, residual, dx, split.rows, split.panels];
    to.step('matrixProduct', split.tasks, [...words, ACTIVATION_NUMBERS.linear]);
    return;
  }
  const windowElements = WINDOW_ROWS * columns + OVERRUN_ELEMENTS;
  const windows = to.scratch(to.threads * windowElements);
  const add = call.write === 'add' ? 1 : 0;
  const words = [dy, packed, dx, add, WINDOW_ROWS, windows, 4 * windowElements];
  to.step('windowInputGradient', g.batch, [...geometryWords(g), ...words]);
}

/** Each pixel gathers from every s-th tap; with dilation too, which taps those are is no simple pattern. */
function hasFastInputGradient(g: ConvGeometry): boolean {
  return (g.strideHeight === 1 || g.dilationHeight === 1) && (g.strideWidth === 1 || g.dilationWidth === 1);
}

export function convolutionFilterGradientSteps(call: FilterGradientCall, to: StepRecorder): void {
  const { geometry: g, inputs, outputs } = call;
  if (isPlainDepthwise(g)) {
    depthwiseFilterGradientSteps(call, to);
    return;
  }
  const { k, columns } = filterMatrix(g);
  const split = splitFilterGradient(outputRows(g), k, columns, g.groups);
  const byWindows = !isMatrixProduct(g);
  const elements = k * g.outputChannels;
  const dw = to.at(outputs.filterGradient);
  const parts = split.parts === 1 ? dw : to.scratch(split.parts * elements);
  const own = WINDOW_ROWS * 8 + (byWindows ? WINDOW_ROWS * k + OVERRUN_ELEMENTS : 0);
  const scratch = to.scratch(to.threads * own);
  const words = [to.at(inputs.input), to.at(inputs.outputGradient), parts, split.rowsPerPart, split.parts];
  const rest = [split.panels, scratch, 4 * own, byWindows ? 1 : 0];
  to.step('filterGradient', split.tasks, [...geometryWords(g), ...words, ...rest]);
  if (split.parts > 1) combineSteps(to, parts, elements, split.parts, elements, dw);
}
