import type { BatchNormMode } from '../../../core/batch-norm';
import type { Activation, BatchNormLayer, LayerNormLayer, LayerShape } from '../../../core/graph/graph';
import type { ConvGeometry, WindowGeometry } from '../geometry';

/**
 * The network on its way from layer graph to kernel calls: what each layer computes, with shapes and
 * paddings resolved. Fusion rewrites this list; forward and backward calls are made from it. A value is
 * named after the last layer that went into it.
 */
export type ValueName = string;

interface NodeBase {
  /** The layer it is named after in the plan. */
  readonly layer: string;
  readonly output: ValueName;
}

export interface ConvolutionNode extends NodeBase {
  readonly kind: 'convolution';
  readonly operation: 'conv2d' | 'depthwiseConv2d';
  readonly input: ValueName;
  readonly geometry: ConvGeometry;
  /** Variable names. */
  readonly filter: string;
  readonly bias: string | null;
  /** A frozen BatchNorm folded into filter and bias. */
  readonly folded: BatchNormLayer | null;
  readonly residual: ValueName | null;
  readonly activation: Activation;
}

export interface BatchNormNode extends NodeBase {
  readonly kind: 'batchNorm';
  readonly input: ValueName;
  readonly batchNorm: BatchNormLayer;
  readonly mode: BatchNormMode;
  readonly residual: ValueName | null;
  readonly activation: Activation;
}

export interface LayerNormNode extends NodeBase {
  readonly kind: 'layerNorm';
  readonly input: ValueName;
  readonly layerNorm: LayerNormLayer;
}

export interface ActivationNode extends NodeBase {
  readonly kind: 'activation';
  readonly input: ValueName;
  readonly activation: Activation;
}

export interface ElementwiseNode extends NodeBase {
  readonly kind: 'add' | 'multiply';
  readonly a: ValueName;
  readonly b: ValueName;
  readonly broadcast: 'none' | 'perPicture';
  readonly activation: Activation;
}

export interface ConcatenateNode extends NodeBase {
  readonly kind: 'concatenate';
  readonly parts: readonly ValueName[];
  /** Channels of each part. */
  readonly channels: readonly number[];
}

export interface PoolNode extends NodeBase {
  readonly kind: 'maxPool' | 'averagePool';
  readonly input: ValueName;
  readonly geometry: WindowGeometry;
}

export interface GlobalAverageNode extends NodeBase {
  readonly kind: 'globalAverage';
  readonly input: ValueName;
  readonly positions: number;
  readonly channels: number;
}

export interface PadNode extends NodeBase {
  readonly kind: 'pad';
  readonly input: ValueName;
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly top: number;
  readonly left: number;
}

export interface DropoutNode extends NodeBase {
  readonly kind: 'dropout';
  readonly input: ValueName;
  readonly rate: number;
  readonly salt: number;
}

export interface RescaleNode extends NodeBase {
  readonly kind: 'rescale';
  readonly input: ValueName;
  readonly scale: number;
  readonly offset: number;
}

export type PlanNode =
  | ConvolutionNode
  | BatchNormNode
  | LayerNormNode
  | ActivationNode
  | ElementwiseNode
  | ConcatenateNode
  | PoolNode
  | GlobalAverageNode
  | PadNode
  | DropoutNode
  | RescaleNode;

export interface LoweredNetwork {
  readonly batch: number;
  /** In topological order. */
  readonly nodes: readonly PlanNode[];
  /** Shapes without the batch, of every value including those that fusion swallowed. */
  readonly shapes: ReadonlyMap<ValueName, LayerShape>;
  /** A layer that computes nothing (flatten, dropout in evaluation) passes another layer's value on. */
  readonly aliases: ReadonlyMap<string, ValueName>;
  /** The values a run starts from: the pictures, or what was cached. */
  readonly entries: readonly ValueName[];
  /** Values that must exist after fusion: what the plan is for. */
  readonly results: readonly ValueName[];
}

export function inputsOf(node: PlanNode): readonly ValueName[] {
  switch (node.kind) {
    case 'convolution':
    case 'batchNorm':
      return node.residual === null ? [node.input] : [node.input, node.residual];
    case 'add':
    case 'multiply':
      return [node.a, node.b];
    case 'concatenate':
      return node.parts;
    default:
      return [node.input];
  }
}

/** Learnable variables and statistics that the node reads. */
export function variablesOf(node: PlanNode): readonly string[] {
  switch (node.kind) {
    case 'convolution':
      return [
        node.filter,
        ...(node.bias === null ? [] : [node.bias]),
        ...(node.folded?.weights.map((weight) => weight.name) ?? []),
      ];
    case 'batchNorm':
      return node.batchNorm.weights.map((weight) => weight.name);
    case 'layerNorm':
      return node.layerNorm.weights.map((weight) => weight.name);
    default:
      return [];
  }
}

/** Height · width, channels; one position for a value that is a vector. */
export function positionsAndChannels(shape: LayerShape): { positions: number; channels: number } {
  return shape.length === 1
    ? { positions: 1, channels: shape[0] }
    : { positions: shape[0] * shape[1], channels: shape[2] };
}

/** How often each value is read; a result counts as read once more, so that nothing swallows it. */
export function readCounts(network: LoweredNetwork): ReadonlyMap<ValueName, number> {
  const counts = new Map<ValueName, number>();
  const read = (value: ValueName) => counts.set(value, (counts.get(value) ?? 0) + 1);
  for (const node of network.nodes) inputsOf(node).forEach(read);
  network.results.forEach(read);
  return counts;
}
