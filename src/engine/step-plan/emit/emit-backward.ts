import type { BufferId } from '../calls/call';
import type { LayerNormNode, PlanNode, PoolNode, ValueName } from '../lower/nodes';
import { type Backward, beforeActivation, emitActivationGradient } from './backward-pass';
import { emitBatchNormBackward, emitConvolutionBackward } from './emit-weighted-backward';
import { optionalVariable, pictureSize, rowsOf, weightOf } from './forward-trace';

/** Walks the nodes in reverse; a node that no trained variable lies at or before gets no call. */
export function emitBackward(backward: Backward): void {
  const { ledger, trace } = backward;
  for (const node of [...trace.network.nodes].reverse()) {
    const gradient = ledger.needs(node.output) ? ledger.take(node.output) : null;
    if (gradient !== null) emitNode(backward, node, gradient);
  }
  for (const emit of trace.afterBackward) emit();
}

function emitNode(backward: Backward, node: PlanNode, outputGradient: BufferId): void {
  const { plan, trace, ledger } = backward;
  const { network, values } = trace;
  const { layer } = node;
  const { rows, channels } = rowsOf(network, node.output);

  switch (node.kind) {
    case 'convolution':
      emitConvolutionBackward(backward, node, outputGradient);
      return;
    case 'batchNorm':
      emitBatchNormBackward(backward, node, outputGradient);
      return;
    case 'layerNorm':
      emitLayerNorm(backward, node, outputGradient);
      return;
    case 'activation': {
      const { activation } = node;
      ledger.contribute(node.input, layer, 'overwritesOnly', (inputGradient) =>
        emitActivationGradient(
          backward,
          layer,
          activation,
          outputGradient,
          node.input,
          node.output,
          inputGradient,
        ),
      );
      return;
    }
    case 'add': {
      const gradient = beforeActivation(backward, layer, node.activation, node.output, outputGradient);
      if (node.broadcast === 'perPicture') {
        const sizes = { batch: network.batch, positions: rows / network.batch, channels, scale: 1 };
        ledger.contribute(node.b, layer, 'overwritesOnly', (output) =>
          plan.call({
            kind: 'sumPositions',
            layer,
            ...sizes,
            inputs: { input: gradient, factor: null },
            outputs: { output },
          }),
        );
      } else {
        ledger.passThrough(node.b, layer, gradient);
      }
      ledger.passThrough(node.a, layer, gradient);
      return;
    }
    case 'multiply': {
      const gradient = beforeActivation(backward, layer, node.activation, node.output, outputGradient);
      const { broadcast } = node;
      const sizes = { batch: network.batch, positions: rows / network.batch, channels };
      const product = (other: ValueName, spread: 'none' | 'perPicture') => (output: BufferId) =>
        plan.call({
          kind: 'multiply',
          layer,
          broadcast: spread,
          activation: 'linear',
          ...sizes,
          inputs: { a: gradient, b: values.get(other)! },
          outputs: { output },
        });
      ledger.contribute(node.b, layer, 'overwritesOnly', (output) => {
        if (broadcast === 'none') product(node.a, 'none')(output);
        else
          plan.call({
            kind: 'sumPositions',
            layer,
            ...sizes,
            scale: 1,
            inputs: { input: gradient, factor: values.get(node.a)! },
            outputs: { output },
          });
      });
      ledger.contribute(node.a, layer, 'overwritesOnly', product(node.b, broadcast));
      return;
    }
    case 'concatenate': {
      let inputOffset = 0;
      node.parts.forEach((part, index) => {
        const count = node.channels[index]!;
        const split = {
          rows,
          count,
          inputChannels: channels,
          inputOffset,
          outputChannels: count,
          outputOffset: 0,
        };
        ledger.contribute(part, layer, 'overwritesOnly', (output) =>
          plan.call({
            kind: 'copyChannels',
            layer,
            ...split,
            inputs: { input: outputGradient },
            outputs: { output },
          }),
        );
        inputOffset += count;
      });
      return;
    }
    case 'maxPool':
    case 'averagePool':
      emitPool(backward, node, outputGradient);
      return;
    case 'globalAverage': {
      const sizes = { batch: network.batch, positions: node.positions, channels: node.channels };
      ledger.contribute(node.input, layer, 'canAdd', (output, write) =>
        plan.call({
          kind: 'spreadPositions',
          layer,
          ...sizes,
          scale: 1 / node.positions,
          write,
          inputs: { input: outputGradient },
          outputs: { output },
        }),
      );
      return;
    }
    case 'pad': {
      const { inputHeight, inputWidth, top, left } = node;
      const [height, width] = pictureSize(network, node.output);
      const sizes = {
        batch: network.batch,
        inputHeight: height,
        inputWidth: width,
        outputHeight: inputHeight,
        outputWidth: inputWidth,
        channels,
        top,
        left,
      };
      ledger.contribute(node.input, layer, 'overwritesOnly', (output) =>
        plan.call({ kind: 'crop', layer, ...sizes, inputs: { input: outputGradient }, outputs: { output } }),
      );
      return;
    }
    case 'dropout': {
      const { rate, salt } = node;
      const seed = trace.dropoutSeed!;
      ledger.contribute(node.input, layer, 'overwritesOnly', (output) =>
        plan.call({
          kind: 'dropout',
          layer,
          elements: rows * channels,
          rate,
          salt,
          seed,
          inputs: { input: outputGradient },
          outputs: { output },
        }),
      );
      return;
    }
    case 'rescale':
      ledger.contribute(node.input, layer, 'overwritesOnly', (output) =>
        plan.call({
          kind: 'rescale',
          layer,
          elements: rows * channels,
          scale: node.scale,
          offset: 0,
          inputs: { input: outputGradient },
          outputs: { output },
        }),
      );
      return;
  }
}

function emitLayerNorm(backward: Backward, node: LayerNormNode, outputGradient: BufferId): void {
  const { plan, trace, ledger, trained } = backward;
  const { layer, layerNorm } = node;
  const { epsilon } = layerNorm;
  const sizes = { ...rowsOf(trace.network, node.output), epsilon };
  const input = trace.values.get(node.input)!;
  const gamma = weightOf(layerNorm, 'gamma');
  const beta = weightOf(layerNorm, 'beta');
  const gradientOf = (name: string | null) =>
    name !== null && trained.has(name)
      ? plan.gradient(name)
      : plan.arena(`unused gradient of ${layer}`, sizes.channels);
  if ([gamma, beta].some((name) => name !== null && trained.has(name))) {
    const outputs = { gammaGradient: gradientOf(gamma), betaGradient: gradientOf(beta) };
    plan.call({
      kind: 'layerNormParameterGradient',
      layer,
      ...sizes,
      inputs: { input, outputGradient },
      outputs,
    });
  }
  ledger.contribute(node.input, layer, 'overwritesOnly', (inputGradient) =>
    plan.call({
      kind: 'layerNormInputGradient',
      layer,
      ...sizes,
      inputs: { input, gamma: optionalVariable(plan, gamma), outputGradient },
      outputs: { inputGradient },
    }),
  );
}

function emitPool({ plan, trace, ledger }: Backward, node: PoolNode, outputGradient: BufferId): void {
  const { layer, geometry } = node;
  ledger.contribute(node.input, layer, 'overwritesOnly', (inputGradient) => {
    const outputs = { inputGradient };
    if (node.kind === 'maxPool') {
      const inputs = { input: trace.values.get(node.input)!, outputGradient };
      plan.call({ kind: 'maxPoolGradient', layer, geometry, inputs, outputs });
    } else {
      plan.call({ kind: 'averagePoolGradient', layer, geometry, inputs: { outputGradient }, outputs });
    }
  });
}
