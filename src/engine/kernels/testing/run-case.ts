import type { KernelBackend, Numbers } from '../../step-plan/backend';
import type { BufferId } from '../../step-plan/calls/call';
import { aligned, type ParameterLayout, type PlanBuffer, type StepPlan } from '../../step-plan/plan';
import { type KernelCase, outputsOf } from './kernel-case';

export const NO_PARAMETERS: ParameterLayout = {
  variables: new Map(),
  updates: [],
  slots: 0,
  elements: { weights: 0, gradients: 0, slot0: 0, slot1: 0 },
};

/** @returns the outputs of the case's calls, run as a plan of their own */
export async function runCase(
  backend: KernelBackend,
  kernelCase: KernelCase,
): Promise<ReadonlyMap<BufferId, Numbers>> {
  return runPlan(backend, planOf(backend, kernelCase), kernelCase);
}

/** @param plan of the case: its first buffers are the case's */
export async function runPlan(
  backend: KernelBackend,
  plan: StepPlan,
  kernelCase: KernelCase,
): Promise<ReadonlyMap<BufferId, Numbers>> {
  const parameters = await backend.allocateParameters(NO_PARAMETERS);
  const loaded = await backend.load(plan, parameters);
  kernelCase.buffers.forEach((values, id) => {
    loaded.write(id, values);
  });
  await loaded.run(kernelCase.scalars);
  const outputs = new Map<BufferId, Numbers>();
  for (const id of outputsOf(kernelCase)) outputs.set(id, await loaded.read(id));
  loaded.dispose();
  parameters.dispose();
  return outputs;
}

/** Every buffer beside the others, alive from start to end. */
export function planOf(backend: KernelBackend, kernelCase: KernelCase): StepPlan {
  const { call, following = [], buffers: contents, scalars } = kernelCase;
  const calls = [call, ...following];
  const buffers: PlanBuffer[] = [];
  let end = 0;
  const place = (name: string, elements: number): BufferId => {
    const buffer = {
      name,
      region: 'arena',
      elements,
      format: 'float32',
      offset: end,
      life: { first: -1, last: 1 },
    } as const;
    end += aligned(elements);
    return buffers.push(buffer) - 1;
  };
  contents.forEach((values, id) => {
    place(`buffer ${id}`, values.length);
  });
  const scratch = calls.map((each) => {
    const elements = backend.scratchElements(each);
    return elements === 0 ? null : place('scratch', elements);
  });
  const port = (id: BufferId) =>
    ({ role: 'value', name: `buffer ${id}`, buffer: id, elements: contents[id]!.length }) as const;
  return {
    purpose: 'training',
    batch: 1,
    buffers,
    prepare: [],
    prepareScratch: [],
    calls,
    scratch,
    inputs: contents.map((_, id) => port(id)),
    outputs: outputsOf(kernelCase).map(port),
    scalars: scalars.map(() => ({ kind: 'dropoutSeed' })),
    preparedElements: 0,
    segmentWords: Number.POSITIVE_INFINITY,
    segments: [end],
    arenaWords: end,
  };
}
