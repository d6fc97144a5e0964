import { ThawError } from '../errors';
import type { LayerGraph } from '../graph/graph';
import type { JoiningGroupRate, LayerMode, Phase, PhasePlan, PhaseStart } from '../phase-plan';
import { parametersOf, variableGroups } from './variable-groups';

/**
 * Holds a plan of any number of phases against the network and the run's length, before anything starts.
 * @throws ThawError `invalid-option` naming the phase and what is wrong with it
 */
export function checkPlan(graph: LayerGraph, plan: PhasePlan, epochs: number): void {
  const [first] = plan.phases;
  if (first === undefined) throw new ThawError('invalid-option', 'A plan needs at least one phase.');
  if (first.start.kind !== 'epoch' || first.start.epoch !== 0) refusePhase(first, 'must start at epoch 0');
  let previousStart = 0;
  const names = new Set<string>();
  for (const phase of plan.phases) {
    if (names.has(phase.name)) refusePhase(phase, 'has the name of another phase');
    names.add(phase.name);
    previousStart = checkStart(phase, phase.start, previousStart);
    checkModes(graph, phase);
  }
  for (const { phaseIndex, variables } of variableGroups(graph, plan)) {
    const phase = plan.phases[phaseIndex]!;
    if (phaseIndex === 0) {
      if (variables.length === 0) refusePhase(phase, 'trains nothing');
    } else if (phase.joining === null) {
      refusePhase(phase, `adds "${variables[0]}" and others but gives them no learning rate`);
    } else {
      checkRate(phase, phase.joining, epochs);
    }
  }
}

/** @returns the epoch by which the phase has started for certain, or the previous one's where none is set */
function checkStart(phase: Phase, start: PhaseStart, previousStart: number): number {
  const dueEpoch = start.kind === 'epoch' ? start.epoch : start.atLatestEpoch;
  if (start.kind === 'stalled') {
    if (!Number.isSafeInteger(start.patience) || start.patience < 1) {
      refusePhase(phase, `needs a patience of 1 epoch or more, not ${start.patience}`);
    }
    if (!Number.isFinite(start.minDelta) || start.minDelta < 0) {
      refusePhase(phase, `needs a minDelta of 0 or more, not ${start.minDelta}`);
    }
  }
  if (dueEpoch === null) return previousStart;
  if (!Number.isSafeInteger(dueEpoch) || dueEpoch < previousStart) {
    refusePhase(phase, `must start at epoch ${previousStart} or later, not at ${dueEpoch}`);
  }
  return dueEpoch;
}

function checkModes(graph: LayerGraph, phase: Phase): void {
  const weighted = graph.layers.filter((layer) => layer.weights.length > 0);
  for (const name of phase.modes.keys()) {
    if (!weighted.some((layer) => layer.name === name)) {
      refusePhase(phase, `has a mode for "${name}", which is no layer with weights`);
    }
  }
  for (const layer of weighted) {
    const mode: LayerMode | undefined = phase.modes.get(layer.name);
    if (mode === undefined) {
      refusePhase(phase, `says nothing of the layer "${layer.name}"`);
    } else if ((layer.kind === 'batchNorm') !== (mode.bn !== null)) {
      refusePhase(
        phase,
        `must say how BatchNorm behaves for BatchNorm layers only, as "${layer.name}" shows`,
      );
    } else if (mode.trainable && parametersOf(layer).length === 0) {
      refusePhase(phase, `cannot train "${layer.name}", which has no parameters`);
    } else if (mode.bn !== null && (mode.bn.affine === 'trained') !== mode.trainable) {
      refusePhase(phase, `contradicts itself: is "${layer.name}" trained or frozen?`);
    }
  }
}

function checkRate(phase: Phase, { initial, multiplierAtEpoch }: JoiningGroupRate, epochs: number): void {
  const value = { rate: 0, ratio: 0, divisor: 0, ...initial }[initial.kind];
  const numbers = [value, ...(multiplierAtEpoch ?? [])];
  if (!numbers.every((number) => Number.isFinite(number) && number > 0)) {
    refusePhase(phase, 'needs learning rates and factors greater than 0');
  }
  if (multiplierAtEpoch !== null && multiplierAtEpoch.length < epochs) {
    refusePhase(phase, `has ${multiplierAtEpoch.length} factors for a run of ${epochs} epochs`);
  }
}

function refusePhase(phase: Phase, what: string): never {
  throw new ThawError('invalid-option', `The phase "${phase.name}" ${what}.`);
}
