import type {
  Conv2dCall,
  Conv2dFilterGradientCall,
  Conv2dInputGradientCall,
  DepthwiseConv2dCall,
  DepthwiseConv2dFilterGradientCall,
  DepthwiseConv2dInputGradientCall,
} from './calls/convolution';
import type {
  AccumulateCall,
  ActivationCall,
  ActivationGradientCall,
  DropoutCall,
  ElementwiseCall,
  RescaleCall,
  ZeroCall,
} from './calls/elementwise';
import type { CopyChannelsCall, PadCall } from './calls/layout';
import type {
  BatchNormApplyCall,
  BatchNormInputGradientCall,
  BatchNormParameterGradientCall,
  BatchNormStatisticsCall,
  FoldBatchNormCall,
  LayerNormCall,
  LayerNormInputGradientCall,
  LayerNormParameterGradientCall,
  UnfoldGradientCall,
} from './calls/normalisation';
import type { AveragePoolGradientCall, MaxPoolGradientCall, PoolCall } from './calls/pooling';
import type { SpreadPositionsCall, SumPositionsCall, SumRowsCall } from './calls/reduction';
import type { AdamUpdateCall, SgdUpdateCall, SoftmaxCrossEntropyCall } from './calls/training';

/**
 * The closed list of kernel calls a step plan is made of. Data only: a call names its buffers and
 * carries every number that does not change from step to step; what changes (learning rates, bias
 * corrections, the dropout seed) it takes from the step's scalars by index.
 *
 * Conventions. Tensors are NHWC and dense; `rows` is every axis before the channels taken together
 * (batch · height · width). Buffers hold numbers of the backend's one float type; labels are class
 * indices stored as such numbers. `inputs` are read, `outputs` written whole. Unless a call says
 * otherwise an output overlaps no input; where the backend allows `inPlace`, the output that
 * `inPlacePairs` names may BE the input. Σ over rows are long: sum in chunks (a sequential float32
 * sum is wrong by enough to flip ReLU6 gates).
 */
export type KernelCall =
  | Conv2dCall
  | DepthwiseConv2dCall
  | Conv2dInputGradientCall
  | DepthwiseConv2dInputGradientCall
  | Conv2dFilterGradientCall
  | DepthwiseConv2dFilterGradientCall
  | SumRowsCall
  | BatchNormStatisticsCall
  | BatchNormApplyCall
  | BatchNormParameterGradientCall
  | BatchNormInputGradientCall
  | FoldBatchNormCall
  | UnfoldGradientCall
  | ActivationCall
  | ActivationGradientCall
  | ElementwiseCall
  | AccumulateCall
  | SumPositionsCall
  | SpreadPositionsCall
  | CopyChannelsCall
  | PoolCall
  | MaxPoolGradientCall
  | AveragePoolGradientCall
  | LayerNormCall
  | LayerNormInputGradientCall
  | LayerNormParameterGradientCall
  | DropoutCall
  | PadCall
  | RescaleCall
  | ZeroCall
  | SoftmaxCrossEntropyCall
  | SgdUpdateCall
  | AdamUpdateCall;

export type KernelKind = KernelCall['kind'];

/** The call (or calls) that a kernel of this kind is given. */
export type CallOf<K extends KernelKind> = K extends KernelKind ? Matching<KernelCall, K> : never;
type Matching<C extends KernelCall, K extends KernelKind> = C extends KernelCall
  ? K extends C['kind']
    ? C
    : never
  : never;
