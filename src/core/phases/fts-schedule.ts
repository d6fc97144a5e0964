import { type BatchNormMode, TRAINABLE_BATCH_NORM } from '../batch-norm';
import { ThawError } from '../errors';
import type { Layer, LayerGraph, WeightRole, WeightSpec } from '../graph/graph';
import { type FtsPhase, parseFtsYaml, printFtsYaml } from '../options/fts-yaml';
import type { ResolvedFtsSchedule } from '../options/resolved-config';
import type { Warning } from '../options/train-config';
import type { LayerMode, Phase, PhasePlan, PhaseStart } from '../phase-plan';
import { dropNeverReached, joiningLayers, requireBackbone } from './compile-phases';
import { checkPlan } from './plan-check';
import { parametersOf } from './variable-groups';

/**
 * Reads a schedule of the finetuning-scheduler package as a plan. Its meaning is kept: only what is listed
 * trains, phase by phase; `max_transition_epoch` of a phase is when the next one begins at the latest.
 * Parameters go by Thaw's names (`conv1/kernel`) or PyTorch's (`conv1.weight`), or by regular expressions.
 * A BatchNorm that is not listed yet behaves as `frozenBatchNorm` says.
 *
 * @throws ThawError `invalid-option` for a schedule that is wrong or that Thaw cannot follow (a layer of
 *   which only a part is listed), `layer-unknown` for a name that no parameter has
 */
export function planFromFts(
  graph: LayerGraph,
  settings: ResolvedFtsSchedule,
  epochs: number,
): { readonly plan: PhasePlan; readonly warnings: readonly Warning[] } {
  requireBackbone(graph);
  const schedule = parseFtsYaml(settings.source);
  const phaseOf = assignLayers(graph, schedule);
  const phases = schedule.map(({ lr }, index): Phase => {
    const trains = (layer: Layer) => (phaseOf.get(layer.name) ?? Number.POSITIVE_INFINITY) <= index;
    const weighted = graph.layers.filter((layer) => layer.weights.length > 0);
    return {
      name: `phase ${index}`,
      kind: weighted.some((layer) => layer.part === 'backbone' && trains(layer)) ? 'unfrozen' : 'frozen',
      start: index === 0 ? { kind: 'epoch', epoch: 0 } : startAfter(schedule[index - 1]!, index, settings),
      modes: new Map(
        weighted.map((layer) => [layer.name, modeOf(layer, trains(layer), settings.frozenBatchNorm)]),
      ),
      joining:
        index === 0
          ? null
          : {
              initial: { kind: 'rate', rate: lr ?? settings.baseMaxLr },
              multiplierAtEpoch: null,
              alignToHead: false,
            },
    };
  });
  checkPlan(graph, { phases }, epochs);
  const { plan, warnings } = dropNeverReached({ phases }, epochs);
  if (schedule[0]?.lr === null) return { plan, warnings };
  const message = 'The schedule’s lr of phase 0 is not used: the first phase trains at `learningRate`.';
  return { plan, warnings: [...warnings, { code: 'option-ignored', message }] };
}

/**
 * Writes a plan as a schedule of the package, parameters by PyTorch's names.
 * @param headRate the head's rate where it is the same in every epoch: then a rate that is a share of it can
 *   be written; else null
 * @throws ThawError `invalid-option` for what such a schedule cannot say: layers that stop training, rates
 *   that follow the head's, factors by epoch
 */
export function planToFts(graph: LayerGraph, plan: PhasePlan, headRate: number | null): string {
  const schedule = plan.phases.map((phase, index): FtsPhase => {
    const before = plan.phases[index - 1];
    const stopping = [...phase.modes].find(
      ([name, mode]) => !mode.trainable && before?.modes.get(name)?.trainable === true,
    );
    if (stopping !== undefined) refuseWriting(phase, `"${stopping[0]}" stops training in it`);
    const next = plan.phases[index + 1]?.start;
    const layers = joiningLayers(graph, plan, index);
    return {
      params: layers.flatMap((layer) => parametersOf(layer).map((weight) => torchName(layer, weight))),
      maxTransitionEpoch: next === undefined ? null : next.kind === 'epoch' ? next.epoch : next.atLatestEpoch,
      lr: layers.length === 0 ? null : writtenRate(phase, headRate),
    };
  });
  return printFtsYaml(schedule);
}

/** Phase of every layer that is listed, by name. */
function assignLayers(graph: LayerGraph, schedule: readonly FtsPhase[]): ReadonlyMap<string, number> {
  const parameters = graph.layers.flatMap((layer) =>
    parametersOf(layer).map((weight) => ({ layer, names: [weight.name, torchName(layer, weight)] })),
  );
  const phaseOf = new Map<(typeof parameters)[number], number>();
  schedule.forEach(({ params }, index) => {
    for (const wanted of params) {
      const exact = parameters.filter(({ names }) => names.includes(wanted));
      const pattern = exact.length > 0 ? null : patternOf(wanted);
      const found =
        pattern === null ? exact : parameters.filter(({ names }) => names.some((name) => pattern.test(name)));
      if (found.length === 0) {
        throw new ThawError(
          'layer-unknown',
          `Phase ${index} of the schedule lists "${wanted}", which no parameter is called.`,
        );
      }
      for (const parameter of found) {
        const other = phaseOf.get(parameter);
        if (other !== undefined && other !== index) {
          throw new ThawError(
            'invalid-option',
            `"${wanted}" is in phases ${other} and ${index} of the schedule. Keep it in one.`,
          );
        }
        phaseOf.set(parameter, index);
      }
    }
  });
  const layers = new Map<string, number>();
  for (const parameter of parameters) {
    const phases = parameters.filter(({ layer }) => layer === parameter.layer).map((one) => phaseOf.get(one));
    if (new Set(phases).size > 1) {
      throw new ThawError(
        'invalid-option',
        `The schedule splits the layer "${parameter.layer.name}". Thaw trains a layer as a whole: list all its parameters in one phase.`,
      );
    }
    if (phases[0] !== undefined) layers.set(parameter.layer.name, phases[0]);
  }
  return layers;
}

/** Python's `re.match`: from the beginning of the name, but not to its end. */
function patternOf(source: string): RegExp {
  try {
    return new RegExp(`^(?:${source})`);
  } catch (cause) {
    throw new ThawError('invalid-option', `"${source}" in the schedule is no regular expression.`, { cause });
  }
}

function startAfter(previous: FtsPhase, index: number, settings: ResolvedFtsSchedule): PhaseStart {
  const epoch = previous.maxTransitionEpoch;
  if (settings.transitions === 'early-stopping') {
    return {
      kind: 'stalled',
      patience: settings.patience,
      minDelta: settings.minDelta,
      atLatestEpoch: epoch,
    };
  }
  if (epoch !== null) return { kind: 'epoch', epoch };
  throw new ThawError('invalid-option', `Phase ${index - 1} of the schedule needs a max_transition_epoch.`);
}

function modeOf(layer: Layer, trains: boolean, frozenBatchNorm: BatchNormMode): LayerMode {
  if (layer.kind !== 'batchNorm') return { trainable: trains, bn: null };
  return { trainable: trains, bn: trains ? TRAINABLE_BATCH_NORM : frozenBatchNorm };
}

function writtenRate(phase: Phase, headRate: number | null): number | null {
  if (phase.joining === null) return null;
  const { initial, multiplierAtEpoch, alignToHead } = phase.joining;
  if (multiplierAtEpoch?.some((factor) => factor !== 1) || (multiplierAtEpoch !== null && alignToHead)) {
    refuseWriting(phase, 'its learning rate is moved by epoch');
  }
  if (initial.kind === 'rate') return initial.rate;
  if (headRate === null) return refuseWriting(phase, 'its learning rate follows the head’s');
  return initial.kind === 'ratio' ? headRate * initial.ratio : headRate / initial.divisor;
}

const TORCH_NAMES: Partial<Record<WeightRole, string>> = { kernel: 'weight', gamma: 'weight', beta: 'bias' };

function torchName(layer: Layer, weight: WeightSpec): string {
  return `${layer.name}.${TORCH_NAMES[weight.role] ?? weight.role}`;
}

function refuseWriting(phase: Phase, why: string): never {
  throw new ThawError(
    'invalid-option',
    `The phase "${phase.name}" cannot be written as a finetuning-scheduler file: ${why}.`,
  );
}
