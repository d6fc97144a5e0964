import type { CallOf, KernelKind } from '../../step-plan/operations';
import { activation, activationGradient } from '../activation/wgsl';
import { batchNormApply } from '../batch-norm/wgsl-apply';
import { batchNormInputGradient, batchNormParameterGradient } from '../batch-norm/wgsl-gradient';
import { batchNormStatistics } from '../batch-norm/wgsl-statistics';
import { depthwiseConv2d, depthwiseConv2dInputGradient } from '../convolution/wgsl-depthwise';
import { depthwiseConv2dFilterGradient } from '../convolution/wgsl-depthwise-filter-gradient';
import { conv2dFilterGradient } from '../convolution/wgsl-filter-gradient';
import { conv2d } from '../convolution/wgsl-forward';
import { conv2dInputGradient } from '../convolution/wgsl-input-gradient';
import { copyChannels } from '../copy-channels/wgsl';
import { dropout } from '../dropout/wgsl';
import { accumulate, elementwise, rescale, zero } from '../elementwise/wgsl';
import { foldBatchNorm, unfoldGradient } from '../fold-batch-norm/wgsl';
import { layerNorm, layerNormInputGradient, layerNormParameterGradient } from '../layer-norm/wgsl';
import { softmaxCrossEntropy } from '../loss/wgsl';
import { adamUpdate, sgdUpdate } from '../optimizer/wgsl';
import { pad } from '../padding/wgsl';
import { averagePoolGradient, maxPoolGradient, pool } from '../pooling/wgsl';
import { spreadPositions, sumPositions, sumRows } from '../reduction/wgsl';
import type { WgslBuilder } from '../wgsl/context';

export const WGSL_KERNELS: { readonly [K in KernelKind]: WgslBuilder<CallOf<K>> } = {
  conv2d,
  depthwiseConv2d,
  conv2dInputGradient,
  depthwiseConv2dInputGradient,
  conv2dFilterGradient,
  depthwiseConv2dFilterGradient,
  sumRows,
  batchNormStatistics,
  batchNormApply,
  batchNormParameterGradient,
  batchNormInputGradient,
  foldBatchNorm,
  unfoldGradient,
  layerNorm,
  layerNormInputGradient,
  layerNormParameterGradient,
  activation,
  activationGradient,
  add: elementwise,
  multiply: elementwise,
  accumulate,
  rescale,
  zero,
  dropout,
  sumPositions,
  spreadPositions,
  copyChannels,
  pad,
  crop: pad,
  maxPool: pool,
  averagePool: pool,
  maxPoolGradient,
  averagePoolGradient,
  softmaxCrossEntropy,
  sgdUpdate,
  adamUpdate,
};
