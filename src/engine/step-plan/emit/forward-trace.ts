import { elementCount, type Layer, type WeightRole } from '../../../core/graph/graph';
import type { BufferId } from '../calls/call';
import type { BatchNormInputs } from '../calls/normalisation';
import { type LoweredNetwork, positionsAndChannels, type ValueName } from '../lower/nodes';
import type { PlanBuilder } from './plan-builder';

/** What the backward pass has to know of the forward one: where each value and each node's extras are. */
export interface ForwardTrace {
  readonly network: LoweredNetwork;
  readonly values: Map<ValueName, BufferId>;
  /** Statistics and affine part of each BatchNorm node, by its output. */
  readonly batchNorms: Map<ValueName, BatchNormInputs>;
  /** The filter a convolution node ran with, by its output: its variable, or what folding made of it. */
  readonly filters: Map<ValueName, BufferId>;
  /** Index of the seed scalar once a dropout asked for it. */
  dropoutSeed: number | null;
  /** Running statistics that move although they normalise: only once nothing reads the old ones any more. */
  readonly afterBackward: (() => void)[];
}

export function elementsOf(network: LoweredNetwork, value: ValueName): number {
  return network.batch * elementCount(network.shapes.get(value)!);
}

/** Rows and channels of a value: rows are all axes but the last. */
export function rowsOf(network: LoweredNetwork, value: ValueName): { rows: number; channels: number } {
  const { positions, channels } = positionsAndChannels(network.shapes.get(value)!);
  return { rows: network.batch * positions, channels };
}

export function weightOf(layer: Pick<Layer, 'weights'>, role: WeightRole): string | null {
  return layer.weights.find((weight) => weight.role === role)?.name ?? null;
}

export function optionalVariable(plan: PlanBuilder, name: string | null): BufferId | null {
  return name === null ? null : plan.variable(name);
}

export function pictureSize(network: LoweredNetwork, value: ValueName): readonly [number, number] {
  const shape = network.shapes.get(value)!;
  return shape.length === 1 ? [1, 1] : [shape[0], shape[1]];
}
