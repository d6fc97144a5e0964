import type { BatchNormInputs } from '../../step-plan/calls/normalisation';
import type { CallOf } from '../../step-plan/operations';
import { combineSteps } from '../wasm/combine';
import { floatWord, type StepRecorder } from '../wasm/program';
import { ceilDivide, splitRows } from '../wasm/tasks';
import { ACTIVATION_NUMBERS } from '../wasm/words';

/** Channels a task when chunks of statistics are put together. */
const COMBINED_CHANNELS = 64;
/** A table of mean, scale, beta, 1 / σ, and of two sums, by 4 channels. */
const TABLE_ELEMENTS = 6;

function paddedChannels(channels: number): number {
  return 4 * ceilDivide(channels, 4) + 4;
}

function normaliserWords(inputs: BatchNormInputs, epsilon: number, to: StepRecorder): readonly number[] {
  const { mean, variance, gamma, beta } = inputs;
  return [to.at(mean), to.at(variance), to.at(gamma), to.at(beta), floatWord(epsilon)];
}

export function batchNormStatisticsSteps(call: CallOf<'batchNormStatistics'>, to: StepRecorder): void {
  const { rows, channels, inputs, outputs } = call;
  const { each, tasks } = splitRows(rows, channels);
  const moments = to.scratch(2 * tasks * channels);
  to.step('momentsOfRows', tasks, [to.at(inputs.input), rows, channels, each, moments]);
  const results = [outputs.mean, outputs.variance, outputs.movingMean, outputs.movingVariance];
  to.step('combineMoments', ceilDivide(channels, COMBINED_CHANNELS), [
    ...[moments, rows, channels, each, COMBINED_CHANNELS],
    ...results.map((id) => to.at(id)),
    floatWord(call.momentum),
  ]);
}

export function batchNormApplySteps(call: CallOf<'batchNormApply'>, to: StepRecorder): void {
  const { rows, channels, inputs, outputs } = call;
  const split = splitRows(rows, channels);
  const own = TABLE_ELEMENTS * paddedChannels(channels);
  to.step('batchNormApply', split.tasks, [
    ...[to.at(inputs.input), rows, channels, split.each],
    ...normaliserWords(inputs, call.epsilon, to),
    ...[to.at(inputs.residual), to.at(outputs.output), ACTIVATION_NUMBERS[call.activation]],
    ...[to.scratch(to.threads * own), 4 * own],
  ]);
}

export function batchNormParameterGradientSteps(
  call: CallOf<'batchNormParameterGradient'>,
  to: StepRecorder,
): void {
  const { rows, channels, inputs, outputs } = call;
  const split = splitRows(rows, channels);
  const parts = to.scratch(2 * split.tasks * channels);
  to.step('batchNormGradientSums', split.tasks, [
    ...[to.at(inputs.input), rows, channels, split.each],
    ...normaliserWords(inputs, call.epsilon, to),
    ...[to.at(inputs.outputGradient), ACTIVATION_NUMBERS[call.activation], parts],
  ]);
  const second = { offset: channels, at: to.at(outputs.betaGradient) };
  combineSteps(to, parts, 2 * channels, split.tasks, channels, to.at(outputs.gammaGradient), second);
}

export function batchNormInputGradientSteps(call: CallOf<'batchNormInputGradient'>, to: StepRecorder): void {
  const { rows, channels, inputs, outputs } = call;
  const split = splitRows(rows, channels);
  const own = TABLE_ELEMENTS * paddedChannels(channels);
  to.step('batchNormInputGradient', split.tasks, [
    ...[to.at(inputs.input), rows, channels, split.each],
    ...normaliserWords(inputs, call.epsilon, to),
    ...[to.at(inputs.outputGradient), ACTIVATION_NUMBERS[call.activation]],
    ...[to.at(inputs.gammaGradient), to.at(inputs.betaGradient), to.at(outputs.inputGradient)],
    ...[to.scratch(to.threads * own), 4 * own],
  ]);
}
