import type { CallOf, KernelCall, KernelKind } from '../../step-plan/operations';
import { activationGradientSteps, activationSteps } from '../activation/wasm-steps';
import {
  batchNormApplySteps,
  batchNormInputGradientSteps,
  batchNormParameterGradientSteps,
  batchNormStatisticsSteps,
} from '../batch-norm/wasm-steps';
import {
  convolutionFilterGradientSteps,
  convolutionInputGradientSteps,
  convolutionSteps,
} from '../convolution/wasm-steps';
import { copyChannelsSteps } from '../copy-channels/wasm-steps';
import { dropoutSteps } from '../dropout/wasm-steps';
import { accumulateSteps, elementwiseSteps, rescaleSteps, zeroSteps } from '../elementwise/wasm-steps';
import { foldBatchNormSteps, unfoldGradientSteps } from '../fold-batch-norm/wasm-steps';
import {
  layerNormInputGradientSteps,
  layerNormParameterGradientSteps,
  layerNormSteps,
} from '../layer-norm/wasm-steps';
import { softmaxCrossEntropySteps } from '../loss/wasm-steps';
import { adamUpdateSteps, sgdUpdateSteps } from '../optimizer/wasm-steps';
import { padSteps } from '../padding/wasm-steps';
import { poolGradientSteps, poolSteps } from '../pooling/wasm-steps';
import { spreadPositionsSteps, sumPositionsSteps, sumRowsSteps } from '../reduction/wasm-steps';
import type { StepRecorder } from './program';

type CallSteps<K extends KernelKind> = (call: CallOf<K>, to: StepRecorder) => void;

const CALL_STEPS: { readonly [K in KernelKind]: CallSteps<K> } = {
  conv2d: convolutionSteps,
  depthwiseConv2d: convolutionSteps,
  conv2dInputGradient: convolutionInputGradientSteps,
  depthwiseConv2dInputGradient: convolutionInputGradientSteps,
  conv2dFilterGradient: convolutionFilterGradientSteps,
  depthwiseConv2dFilterGradient: convolutionFilterGradientSteps,
  sumRows: sumRowsSteps,
  batchNormStatistics: batchNormStatisticsSteps,
  batchNormApply: batchNormApplySteps,
  batchNormParameterGradient: batchNormParameterGradientSteps,
  batchNormInputGradient: batchNormInputGradientSteps,
  foldBatchNorm: foldBatchNormSteps,
  unfoldGradient: unfoldGradientSteps,
  layerNorm: layerNormSteps,
  layerNormInputGradient: layerNormInputGradientSteps,
  layerNormParameterGradient: layerNormParameterGradientSteps,
  activation: activationSteps,
  activationGradient: activationGradientSteps,
  add: elementwiseSteps,
  multiply: elementwiseSteps,
  accumulate: accumulateSteps,
  rescale: rescaleSteps,
  zero: zeroSteps,
  dropout: dropoutSteps,
  sumPositions: sumPositionsSteps,
  spreadPositions: spreadPositionsSteps,
  copyChannels: copyChannelsSteps,
  pad: padSteps,
  crop: padSteps,
  maxPool: poolSteps,
  averagePool: poolSteps,
  maxPoolGradient: poolGradientSteps,
  averagePoolGradient: poolGradientSteps,
  softmaxCrossEntropy: softmaxCrossEntropySteps,
  sgdUpdate: sgdUpdateSteps,
  adamUpdate: adamUpdateSteps,
};

export const WASM_KINDS = Object.keys(CALL_STEPS) as readonly KernelKind[];

/** The kernels of one call, in order: each step starts when all tasks of the one before are done. */
export function recordCall(call: KernelCall, to: StepRecorder): void {
  // The table pairs each kind with its recorder; the compiler can't follow that pairing over a union.
  const steps = CALL_STEPS[call.kind] as CallSteps<KernelKind>;
  steps(call, to);
}

/** @returns elements of scratch that a call's steps share */
export function scratchOf(call: KernelCall, threads: number): number {
  const measure = new ScratchRange(0);
  recordCall(call, {
    threads,
    at: () => 0,
    scalarAt: () => 0,
    scratch: (elements) => measure.take(elements),
    step: () => {},
  });
  return measure.elements;
}

/** Parts of a scratch buffer start at cache lines. */
const LINE_ELEMENTS = 16;

/** Hands out one scratch buffer piece by piece. */
export class ScratchRange {
  elements = 0;
  readonly #address: number;

  constructor(address: number) {
    this.#address = address;
  }

  take(elements: number): number {
    const address = this.#address + this.elements * Float32Array.BYTES_PER_ELEMENT;
    this.elements += Math.ceil(elements / LINE_ELEMENTS) * LINE_ELEMENTS;
    return address;
  }
}
