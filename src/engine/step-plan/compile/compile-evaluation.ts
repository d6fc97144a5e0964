import type { LayerGraph } from '../../../core/graph/graph';
import type { BackendTraits } from '../backend';
import { emitForward } from '../emit/emit-forward';
import { PlanBuilder } from '../emit/plan-builder';
import { dropUnread, startAt } from '../lower/cut-network';
import { fuse } from '../lower/fuse';
import { lowerGraph } from '../lower/lower-graph';
import { type LoweredNetwork, positionsAndChannels } from '../lower/nodes';
import type { ParameterLayout, StepPlan } from '../plan';
import type { PictureShape } from './compile-training';
import { placeBuffers } from './place-buffers';

export interface EvaluationRequest {
  readonly graph: LayerGraph;
  readonly layout: ParameterLayout;
  readonly shape: PictureShape;
  /** Layers whose cached values the run starts from (the training plan's boundary); empty: the pictures. */
  readonly startsAt: readonly string[];
}

const NOTHING_TRAINED: ReadonlySet<string> = new Set();

/** Forward in evaluation mode, every BatchNorm folded. Output `logits` [batch, classes]. */
export function compileEvaluationPlan(request: EvaluationRequest, traits: BackendTraits): StepPlan {
  const network = evaluationNetwork(request, request.graph.output);
  const plan = new PlanBuilder(request.layout);
  const trace = emitForward(plan, network, NOTHING_TRAINED);
  plan.output('logits', network.results[0]!, trace.values.get(network.results[0]!)!);
  return placeBuffers(plan.finish('evaluation', network.batch), traits);
}

/** Means over height and width at a layer in evaluation mode. Output `features` [batch, channels]. */
export function compileFeaturesPlan(
  request: EvaluationRequest,
  layerName: string,
  traits: BackendTraits,
): StepPlan {
  const network = evaluationNetwork(request, layerName);
  const plan = new PlanBuilder(request.layout);
  const trace = emitForward(plan, network, NOTHING_TRAINED);
  const value = network.results[0]!;
  const { batch } = network;
  const { positions, channels } = positionsAndChannels(network.shapes.get(value)!);
  const output = plan.arena('features', batch * channels);
  plan.call({
    kind: 'sumPositions',
    layer: layerName,
    batch,
    positions,
    channels,
    scale: 1 / positions,
    inputs: { input: trace.values.get(value)!, factor: null },
    outputs: { output },
  });
  plan.output('features', layerName, output);
  return placeBuffers(plan.finish('features', batch), traits);
}

function evaluationNetwork(request: EvaluationRequest, result: string): LoweredNetwork {
  const { graph, shape, startsAt: starts } = request;
  const lowered = lowerGraph(graph, { shape, batchNorm: null, results: [result, ...starts] });
  const [output, ...given] = lowered.results;
  // What the run starts from must survive fusion, so it counts as a result until the network is cut there.
  const fused = { ...fuse(dropUnread(lowered), NOTHING_TRAINED), results: [output!] };
  return starts.length === 0 ? dropUnread(fused) : startAt(fused, given);
}
