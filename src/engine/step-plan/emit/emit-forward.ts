import type { BufferId } from '../calls/call';
import type { LoweredNetwork, PlanNode, ValueName } from '../lower/nodes';
import type { StepScalar } from '../plan';
import { type ConvolutionWeights, convolutionWeights, emitBatchNorm } from './emit-normalised';
import {
  elementsOf,
  type ForwardTrace,
  optionalVariable,
  pictureSize,
  rowsOf,
  weightOf,
} from './forward-trace';
import type { PlanBuilder } from './plan-builder';

const DROPOUT_SEED: StepScalar = { kind: 'dropoutSeed' };

/** Emits the forward calls. @param trained variables that change from step to step */
export function emitForward(
  plan: PlanBuilder,
  network: LoweredNetwork,
  trained: ReadonlySet<string>,
): ForwardTrace {
  const trace: ForwardTrace = {
    network,
    values: new Map(),
    batchNorms: new Map(),
    filters: new Map(),
    dropoutSeed: null,
    afterBackward: [],
  };
  for (const entry of network.entries) {
    trace.values.set(entry, plan.input('value', entry, elementsOf(network, entry)));
  }
  // All filters that change are folded first: a backend may do that at once.
  const weights = new Map<ValueName, ConvolutionWeights>();
  for (const node of network.nodes) {
    if (node.kind === 'convolution') weights.set(node.output, convolutionWeights(plan, node, trained));
  }
  for (const node of network.nodes) emitNode(plan, trace, node, weights);
  return trace;
}

function emitNode(
  plan: PlanBuilder,
  trace: ForwardTrace,
  node: PlanNode,
  weights: ReadonlyMap<ValueName, ConvolutionWeights>,
): void {
  const { network, values } = trace;
  const { layer } = node;
  const value = (name: ValueName): BufferId => values.get(name)!;
  const output = plan.arena(node.output, elementsOf(network, node.output), 'half');
  values.set(node.output, output);
  const { rows, channels } = rowsOf(network, node.output);
  const outputs = { output };

  switch (node.kind) {
    case 'convolution': {
      const { filter, bias } = weights.get(node.output)!;
      trace.filters.set(node.output, filter);
      const residual = node.residual === null ? null : value(node.residual);
      const { operation: kind, geometry, activation } = node;
      plan.call({
        kind,
        layer,
        geometry,
        activation,
        inputs: { input: value(node.input), filter, bias, residual },
        outputs,
      });
      return;
    }
    case 'batchNorm':
      emitBatchNorm(plan, trace, node, output);
      return;
    case 'layerNorm': {
      const gamma = optionalVariable(plan, weightOf(node.layerNorm, 'gamma'));
      const beta = optionalVariable(plan, weightOf(node.layerNorm, 'beta'));
      const { epsilon } = node.layerNorm;
      plan.call({
        kind: 'layerNorm',
        layer,
        rows,
        channels,
        epsilon,
        inputs: { input: value(node.input), gamma, beta },
        outputs,
      });
      return;
    }
    case 'activation':
      plan.call({
        kind: 'activation',
        layer,
        activation: node.activation,
        rows,
        channels,
        inputs: { input: value(node.input) },
        outputs,
      });
      return;
    case 'add':
    case 'multiply': {
      const { batch } = network;
      const { broadcast, activation } = node;
      const inputs = { a: value(node.a), b: value(node.b) };
      plan.call({
        kind: node.kind,
        layer,
        broadcast,
        activation,
        batch,
        positions: rows / batch,
        channels,
        inputs,
        outputs,
      });
      return;
    }
    case 'concatenate': {
      let outputOffset = 0;
      node.parts.forEach((part, index) => {
        const count = node.channels[index]!;
        const split = {
          rows,
          count,
          inputChannels: count,
          inputOffset: 0,
          outputChannels: channels,
          outputOffset,
        };
        plan.call({ kind: 'copyChannels', layer, ...split, inputs: { input: value(part) }, outputs });
        outputOffset += count;
      });
      return;
    }
    case 'maxPool':
    case 'averagePool':
      plan.call({
        kind: node.kind,
        layer,
        geometry: node.geometry,
        inputs: { input: value(node.input) },
        outputs,
      });
      return;
    case 'globalAverage': {
      const sizes = { batch: network.batch, positions: node.positions, channels: node.channels };
      plan.call({
        kind: 'sumPositions',
        layer,
        ...sizes,
        scale: 1 / node.positions,
        inputs: { input: value(node.input), factor: null },
        outputs,
      });
      return;
    }
    case 'pad': {
      const { inputHeight, inputWidth, top, left } = node;
      const [outputHeight, outputWidth] = pictureSize(network, node.output);
      const sizes = {
        batch: network.batch,
        inputHeight,
        inputWidth,
        outputHeight,
        outputWidth,
        channels,
        top,
        left,
      };
      plan.call({ kind: 'pad', layer, ...sizes, inputs: { input: value(node.input) }, outputs });
      return;
    }
    case 'dropout': {
      trace.dropoutSeed ??= plan.scalar(DROPOUT_SEED);
      const { rate, salt } = node;
      plan.call({
        kind: 'dropout',
        layer,
        elements: rows * channels,
        rate,
        salt,
        seed: trace.dropoutSeed,
        inputs: { input: value(node.input) },
        outputs,
      });
      return;
    }
    case 'rescale': {
      const { scale, offset } = node;
      plan.call({
        kind: 'rescale',
        layer,
        elements: rows * channels,
        scale,
        offset,
        inputs: { input: value(node.input) },
        outputs,
      });
      return;
    }
  }
}
