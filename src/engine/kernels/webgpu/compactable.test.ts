import { describe, expect, it } from 'vitest';
import type { BackendTraits } from '../../step-plan/backend';
import { compileTrainingPlan } from '../../step-plan/compile/compile-training';
import { layOutParameters } from '../../step-plan/parameter-layout';
import type { StepPlan } from '../../step-plan/plan';
import { NETWORK_ZOO } from '../../step-plan/testing/network-zoo';
import { BATCH_NORM_MODES, OPTIMIZERS, phaseOf } from '../../step-plan/testing/phases';
import { wideNetwork } from '../../testing/wide-network';
import { HARDWARE_TUNING, SOFTWARE_TUNING, type Tuning } from '../wgsl/tuning';
import { compactableBuffers } from './compactable';
import { recordCalls } from './recorder';

function planOf(network: ReturnType<typeof wideNetwork>, storage: 'float32' | 'half', tuning: Tuning) {
  const traits: BackendTraits = {
    inPlace: 'allowed',
    segmentWords: Number.POSITIVE_INFINITY,
    scratchElements: () => 0,
    compactable: (plan) => compactableBuffers(plan, tuning),
  };
  const { graph } = network;
  const phase = phaseOf(graph, BATCH_NORM_MODES.trainable!, OPTIMIZERS.adam!);
  const input = graph.layers[0]!;
  if (input.kind !== 'input') throw new TypeError('The first layer is not the input.');
  const shape = [8, input.height!, input.width!, input.channels] as const;
  const layout = layOutParameters(graph, phase, new Map());
  const request = { graph, phase, layout, shape, startsAt: 'pictures', classWeights: 'none' } as const;
  return compileTrainingPlan({ ...request, storage }, traits);
}

function trafficBytes(plan: StepPlan, tuning: Tuning): number {
  const { dispatches } = recordCalls(plan, plan.calls, { tuning, maxStorageBuffers: 10 });
  return dispatches.reduce((sum, dispatch) => sum + dispatch.trafficBytes, 0);
}

describe.each([
  ['software', SOFTWARE_TUNING],
  ['hardware', HARDWARE_TUNING],
] as const)('what WGSL kernels keep in halves, tuned for %s', (_, tuning) => {
  it('is what lies between the layers, and nothing else', () => {
    const plan = planOf(wideNetwork(), 'half', tuning);
    const formats = new Map(plan.buffers.map(({ name, format }) => [name, format]));
    expect(formats.get('expandAct')).toBe('half');
    expect(formats.get('gradient of expandAct')).toBe('scaledHalf');
    for (const name of ['input', 'labels', 'logits', 'gradient of logits', 'outcome', 'mean of stemBn']) {
      expect([name, formats.get(name)]).toEqual([name, 'float32']);
    }
    for (const { region, format } of plan.buffers) if (region !== 'arena') expect(format).toBe('float32');
  });

  it('takes about half the memory and moves fewer bytes', () => {
    const [full, half] = [planOf(wideNetwork(), 'float32', tuning), planOf(wideNetwork(), 'half', tuning)];
    expect(half.arenaWords).toBeLessThan(0.6 * full.arenaWords);
    expect(trafficBytes(half, tuning)).toBeLessThan(0.75 * trafficBytes(full, tuning));
    expect(full.buffers.every(({ format }) => format === 'float32')).toBe(true);
  });

  it('fits in eight storage buffers, the least that WebGPU promises', () => {
    const plan = planOf(wideNetwork(), 'half', tuning);
    const { dispatches } = recordCalls(plan, plan.calls, { tuning, maxStorageBuffers: 8 });
    expect(Math.max(...dispatches.map(({ bindings }) => bindings.length))).toBeLessThanOrEqual(8);
  });

  it('leaves out what some kernel writes number by number', () => {
    // All channels of this network are off the multiples of four.
    const { buffers } = planOf(NETWORK_ZOO['ResNet-like']!(), 'half', tuning);
    const names = buffers.filter(({ format }) => format !== 'float32').map(({ name }) => name);
    expect(names.filter((name) => /stem|a1/.test(name))).toEqual([]);
  });
});
