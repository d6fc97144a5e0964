import type { LayerGraph } from '../../../core/graph/graph';
import type { ActivationStorage } from '../../../core/run/storage-view';
import type { ExecutablePhase } from '../../executor';
import type { BackendTraits } from '../backend';
import { emitBackward } from '../emit/emit-backward';
import { emitForward } from '../emit/emit-forward';
import { emitUpdates } from '../emit/emit-updates';
import { GradientLedger } from '../emit/gradient-ledger';
import { PlanBuilder } from '../emit/plan-builder';
import { dropUnread, startAt } from '../lower/cut-network';
import { frozenBoundary } from '../lower/frozen-prefix';
import { fuse } from '../lower/fuse';
import { valuesThatNeedGradient } from '../lower/gradient-need';
import { lowerGraph } from '../lower/lower-graph';
import { type LoweredNetwork, positionsAndChannels } from '../lower/nodes';
import type { ParameterLayout, StepPlan } from '../plan';
import { placeBuffers } from './place-buffers';

export type PictureShape = readonly [count: number, height: number, width: number, channels: number];

export interface TrainingRequest {
  readonly graph: LayerGraph;
  readonly phase: ExecutablePhase;
  readonly layout: ParameterLayout;
  readonly shape: PictureShape;
  /** `frozenPrefix`: the inputs are the cached values of `compilePrefixPlan` instead of pictures. */
  readonly startsAt: 'pictures' | 'frozenPrefix';
  /** `given`: the plan has an input `classWeights`. */
  readonly classWeights: 'none' | 'given';
  /** Of what lies between the layers in a training step. Default: float32. */
  readonly storage?: ActivationStorage;
}

/**
 * The plan of a training step: forward, loss, gradients of exactly the phase's variables, update.
 * Inputs: the pictures (or the prefix's values), the labels, perhaps the class weights; output
 * `outcome` = [loss, correct].
 */
export function compileTrainingPlan(request: TrainingRequest, traits: BackendTraits): StepPlan {
  const trained = new Set(request.phase.trained.map((variable) => variable.name));
  const whole = fusedTrainingNetwork(request);
  const network = request.startsAt === 'pictures' ? whole : startAt(whole, frozenBoundary(whole, trained));
  const plan = new PlanBuilder(request.layout);
  const { batch } = network;

  const trace = emitForward(plan, network, trained);
  const output = network.results[0]!;
  const { channels: classes } = positionsAndChannels(network.shapes.get(output)!);
  const needing = valuesThatNeedGradient(network, trained);
  const ledger = new GradientLedger(plan, network, needing);
  const outcome = plan.arena('outcome', 2);
  const labels = plan.input('labels', 'labels', batch);
  const classWeights =
    request.classWeights === 'given' ? plan.input('classWeights', 'classWeights', classes) : null;
  const emitLoss = (logitsGradient: number | null) =>
    plan.call({
      kind: 'softmaxCrossEntropy',
      layer: output,
      batch,
      classes,
      inputs: { logits: trace.values.get(output)!, labels, classWeights },
      outputs: { outcome, logitsGradient },
    });
  if (needing.has(output)) ledger.contribute(output, output, 'overwritesOnly', emitLoss);
  else emitLoss(null);
  emitBackward({ plan, trace, ledger, trained });
  emitUpdates(plan, request.phase.optimizer);
  plan.output('outcome', output, outcome);
  return placeBuffers(plan.finish('training', batch), traits, request.storage);
}

/** The plan that computes the values at the frozen boundary from pictures, in evaluation mode. */
export function compilePrefixPlan(request: TrainingRequest, traits: BackendTraits): StepPlan {
  const trained = new Set(request.phase.trained.map((variable) => variable.name));
  const whole = fusedTrainingNetwork(request);
  const network = dropUnread({ ...whole, results: frozenBoundary(whole, trained) });
  const plan = new PlanBuilder(request.layout);
  const trace = emitForward(plan, network, trained);
  for (const value of network.results) plan.output('value', value, trace.values.get(value)!);
  return placeBuffers(plan.finish('prefix', network.batch), traits);
}

function fusedTrainingNetwork({ graph, phase, shape }: TrainingRequest): LoweredNetwork {
  const trained = new Set(phase.trained.map((variable) => variable.name));
  const lowered = lowerGraph(graph, { shape, batchNorm: phase.batchNorm, results: [graph.output] });
  return fuse(dropUnread(lowered), trained);
}
