/**
 * The layer graph: a network as plain data. Whatever runs, exports or shows a network reads this;
 * nothing here knows of TensorFlow.js. Tensors are NHWC, shapes are without the batch dimension.
 */
export type LayerShape =
  | readonly [height: number, width: number, channels: number]
  | readonly [features: number];

/** What a weight is for. `movingMean` and `movingVariance` are statistics, the others parameters. */
export type WeightRole = 'kernel' | 'bias' | 'gamma' | 'beta' | 'movingMean' | 'movingVariance';

export interface WeightSpec {
  /** Unique in the graph: `layerName/kernel`, `layerName/moving_mean`, … as TensorFlow.js names them. */
  readonly name: string;
  /**
   * In TensorFlow.js layout: conv2d kernel [kh, kw, inputChannels / groups, filters], depthwise kernel
   * [kh, kw, inputChannels, depthMultiplier], dense kernel [inputs, units], all others [channels].
   */
  readonly shape: readonly number[];
  readonly role: WeightRole;
}

/** Rows or columns of zeros around a picture, in pixels. */
export interface ExplicitPadding {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** `same` is TensorFlow's (asymmetric at stride 2); PyTorch's symmetric padding is explicit. */
export type Padding = 'same' | 'valid' | ExplicitPadding;

/**
 * `relu6` is min(max(x, 0), 6); `hardSigmoid` is PyTorch's relu6(x + 3) / 6 and `hardSwish` is
 * x · hardSigmoid(x); `kerasHardSigmoid` is clip(0.2x + 0.5, 0, 1); `gelu` is the exact one (erf),
 * `geluTanh` its approximation; `silu` is x · sigmoid(x).
 */
export type Activation =
  | 'linear'
  | 'relu'
  | 'relu6'
  | 'silu'
  | 'hardSwish'
  | 'sigmoid'
  | 'hardSigmoid'
  | 'kerasHardSigmoid'
  | 'tanh'
  | 'gelu'
  | 'geluTanh'
  | 'softmax';

type Pair = readonly [height: number, width: number];

interface LayerBase {
  readonly name: string;
  /** The class name shown in the layer table, for example `Conv2D`. */
  readonly type: string;
  /** Names of the layers whose outputs this one reads, in order. */
  readonly inputs: readonly string[];
  readonly weights: readonly WeightSpec[];
  /** Which side of the backbone's end the layer is on. */
  readonly part: 'backbone' | 'head';
}

export interface InputLayer extends LayerBase {
  readonly kind: 'input';
  /** Null where the network takes any size. */
  readonly height: number | null;
  readonly width: number | null;
  readonly channels: number;
}

export interface Conv2dLayer extends LayerBase {
  readonly kind: 'conv2d';
  readonly filters: number;
  readonly kernelSize: Pair;
  readonly strides: Pair;
  readonly padding: Padding;
  readonly dilation: Pair;
  readonly groups: number;
  readonly activation: Activation;
}

export interface DepthwiseConv2dLayer extends LayerBase {
  readonly kind: 'depthwiseConv2d';
  readonly kernelSize: Pair;
  readonly strides: Pair;
  readonly padding: Padding;
  readonly dilation: Pair;
  readonly depthMultiplier: number;
  readonly activation: Activation;
}

export interface BatchNormLayer extends LayerBase {
  readonly kind: 'batchNorm';
  readonly epsilon: number;
  /** Keras's: the share of the old statistic that is kept, 1 − PyTorch's momentum. */
  readonly momentum: number;
}

export interface LayerNormLayer extends LayerBase {
  readonly kind: 'layerNorm';
  readonly epsilon: number;
}

export interface ActivationLayer extends LayerBase {
  readonly kind: 'activation';
  readonly activation: Activation;
}

/** `add` and `multiply` broadcast a [1, 1, c] or [c] input over a [h, w, c] one. */
export interface MergeLayer extends LayerBase {
  readonly kind: 'add' | 'multiply' | 'concatenate';
}

export interface PoolLayer extends LayerBase {
  readonly kind: 'maxPool' | 'averagePool';
  readonly poolSize: Pair;
  readonly strides: Pair;
  /** Max pooling pads with −∞; average pooling does not count padded pixels. */
  readonly padding: Padding;
}

export interface GlobalPoolLayer extends LayerBase {
  readonly kind: 'globalAveragePool' | 'globalMaxPool';
  readonly keepDims: boolean;
}

export interface ZeroPaddingLayer extends LayerBase {
  readonly kind: 'zeroPadding';
  readonly padding: ExplicitPadding;
}

export interface DenseLayer extends LayerBase {
  readonly kind: 'dense';
  readonly units: number;
  readonly activation: Activation;
}

export interface DropoutLayer extends LayerBase {
  readonly kind: 'dropout';
  /** Probability that a value is dropped in a training step; the others are scaled by 1 / (1 − rate). */
  readonly rate: number;
}

export interface FlattenLayer extends LayerBase {
  readonly kind: 'flatten';
}

export interface ReshapeLayer extends LayerBase {
  readonly kind: 'reshape';
  readonly shape: LayerShape;
}

export interface RescalingLayer extends LayerBase {
  readonly kind: 'rescaling';
  readonly scale: number;
  readonly offset: number;
}

export type Layer =
  | InputLayer
  | Conv2dLayer
  | DepthwiseConv2dLayer
  | BatchNormLayer
  | LayerNormLayer
  | ActivationLayer
  | MergeLayer
  | PoolLayer
  | GlobalPoolLayer
  | ZeroPaddingLayer
  | DenseLayer
  | DropoutLayer
  | FlattenLayer
  | ReshapeLayer
  | RescalingLayer;

export interface LayerGraph {
  readonly name: string;
  /** In topological order: a layer's inputs come before it. The first is the only input layer. */
  readonly layers: readonly Layer[];
  /** The layer whose output is the network's. */
  readonly output: string;
  /** The last layer of the backbone. */
  readonly backboneEnd: string;
}

/** Values of all weights of a graph by name, flat, in the layout of their spec. */
export type WeightValues = ReadonlyMap<string, Float32Array>;

export interface Network {
  readonly graph: LayerGraph;
  readonly weights: WeightValues;
}

export function isStatistic(role: WeightRole): boolean {
  return role === 'movingMean' || role === 'movingVariance';
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** @returns the number of learnable parameters of a layer; running statistics are not parameters. */
export function parameterCount(layer: Layer): number {
  return layer.weights
    .filter((weight) => !isStatistic(weight.role))
    .reduce((sum, weight) => sum + elementCount(weight.shape), 0);
}
