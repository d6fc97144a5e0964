import type { KernelKind } from '../../step-plan/operations';
import { activation, activationGradient } from '../activation/reference';
import {
  batchNormApply,
  batchNormInputGradient,
  batchNormParameterGradient,
  batchNormStatistics,
} from '../batch-norm/reference';
import { conv2d, conv2dFilterGradient, conv2dInputGradient } from '../convolution/reference';
import { copyChannels } from '../copy-channels/reference';
import { dropout } from '../dropout/reference';
import { accumulate, elementwise, rescale, zero } from '../elementwise/reference';
import { foldBatchNorm, unfoldGradient } from '../fold-batch-norm/reference';
import { layerNorm, layerNormInputGradient, layerNormParameterGradient } from '../layer-norm/reference';
import { softmaxCrossEntropy } from '../loss/reference';
import { adamUpdate, sgdUpdate } from '../optimizer/reference';
import { pad } from '../padding/reference';
import { averagePoolGradient, maxPoolGradient, pool } from '../pooling/reference';
import { spreadPositions, sumPositions, sumRows } from '../reduction/reference';
import type { ReferenceKernel } from './kernel';

export const REFERENCE_KERNELS: { readonly [K in KernelKind]: ReferenceKernel<K> } = {
  conv2d,
  depthwiseConv2d: conv2d,
  conv2dInputGradient,
  depthwiseConv2dInputGradient: conv2dInputGradient,
  conv2dFilterGradient,
  depthwiseConv2dFilterGradient: conv2dFilterGradient,
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
