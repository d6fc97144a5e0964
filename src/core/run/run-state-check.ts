import { ThawError } from '../errors';
import { elementCount, type LayerGraph } from '../graph/graph';
import type { ResolvedTrainConfig } from '../options/resolved-config';
import type { PhasePlan } from '../phase-plan';
import { variableGroups } from '../phases/variable-groups';
import type { RunState, VariableState } from './run-state';
import { readRunState } from './run-state-shape';

/** What a run is resumed with. */
export interface ResumedRun {
  readonly graph: LayerGraph;
  readonly plan: PhasePlan;
  readonly config: ResolvedTrainConfig;
  /** Pictures to train on. */
  readonly trainCount: number;
}

/**
 * Holds a state against the network, the plan and the pictures it is to go on with.
 * @throws ThawError `run-state-invalid`, saying what does not fit
 */
export function checkRunState(state: RunState, run: ResumedRun): void {
  readRunState(state);
  checkWeights(state, run.graph);
  checkOptimizer(state, run);
  checkPosition(state, run);
}

function checkWeights({ weights }: RunState, graph: LayerGraph): void {
  const specs = graph.layers.flatMap((layer) => layer.weights);
  const fits =
    weights.size === specs.length &&
    specs.every(({ name, shape }) => weights.get(name)?.length === elementCount(shape));
  if (!fits) {
    refuse(
      'This run was saved with another network. Load the backbone that it was started with, with the same end.',
    );
  }
  for (const [name, values] of weights) {
    if (!values.every(Number.isFinite)) refuseDamaged(`"${name}" holds values that are no numbers`);
  }
}

function checkOptimizer({ optimizer: states, clock }: RunState, { graph, plan, config }: ResumedRun): void {
  const { optimizer } = config;
  const slots = optimizer.kind !== 'sgd' ? 2 : optimizer.momentum === 0 ? 0 : 1;
  const sizes = new Map(
    graph.layers.flatMap(({ weights }) => weights.map(({ name, shape }) => [name, elementCount(shape)])),
  );
  const trained = new Set(
    variableGroups(graph, plan)
      .filter(({ phaseIndex }) => phaseIndex <= clock.phaseIndex)
      .flatMap(({ variables }) => variables),
  );
  const fits = (name: string, state: VariableState) =>
    state.stepCount > 0 &&
    state.slots.length === slots &&
    state.slots.every((slot) => slot.length === sizes.get(name) && slot.every(Number.isFinite));
  for (const [name, state] of states) {
    if (!trained.has(name)) refuseDamaged(`it has optimizer state for "${name}", which has not trained yet`);
    if (!fits(name, state)) refuseDamaged(`the optimizer state of "${name}" does not fit`);
  }
}

function checkPosition(state: RunState, { graph, plan, config, trainCount }: ResumedRun): void {
  const { clock, rates, epochs, losses, step } = state;
  if (clock.epoch > config.epochs) {
    refuseDamaged(`it stands after epoch ${clock.epoch - 1} of a run of ${config.epochs} epochs`);
  }
  if (state.trainCount !== trainCount) {
    refuse(
      `This run trains on ${state.trainCount} pictures, but there are ${trainCount} now. Add the pictures that it was started with.`,
    );
  }
  const joined = variableGroups(graph, plan).filter(({ phaseIndex }) => phaseIndex <= clock.phaseIndex);
  const groups = rates.rates.length;
  const known = rates.callbackRates.slice(1).every((each) => each !== null);
  if (groups > joined.length || rates.callbackRates.length !== groups || !known) {
    refuseDamaged(`it has ${groups} learning rates where the plan has ${joined.length} groups`);
  }
  if (clock.phaseIndex >= plan.phases.length) refuseDamaged('its phase is none of the plan');
  if (epochs.length !== clock.epoch || epochs.some(({ epoch }, index) => epoch !== index)) {
    refuseDamaged(`it stands before epoch ${clock.epoch} but tells of ${epochs.length} epochs`);
  }
  const steps = clock.epoch * Math.ceil(trainCount / config.batchSize);
  if (step !== steps || losses.length !== steps) {
    refuseDamaged(`it tells of ${losses.length} steps where ${clock.epoch} epochs have ${steps}`);
  }
}

function refuseDamaged(what: string): never {
  refuse(`The state of this run is damaged: ${what}. Use another one, or start a new run.`);
}

function refuse(message: string): never {
  throw new ThawError('run-state-invalid', message);
}
