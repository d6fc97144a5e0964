import type { KernelBackend, LoadedPlan, ParameterMemory } from '../../step-plan/backend';
import type { BufferId } from '../../step-plan/calls/call';
import type { KernelCall, KernelKind } from '../../step-plan/operations';
import type { ParameterLayout, StepPlan } from '../../step-plan/plan';
import type { ReferenceKernel } from './kernel';
import { REFERENCE_KERNELS } from './kernels';

const BYTES = Float64Array.BYTES_PER_ELEMENT;

class ReferenceParameters implements ParameterMemory {
  readonly regions: Readonly<Record<'weights' | 'gradients' | 'slot0' | 'slot1', Float64Array>>;

  constructor({ elements }: ParameterLayout) {
    this.regions = {
      weights: new Float64Array(elements.weights),
      gradients: new Float64Array(elements.gradients),
      slot0: new Float64Array(elements.slot0),
      slot1: new Float64Array(elements.slot1),
    };
  }

  write(region: keyof ReferenceParameters['regions'], offset: number, values: ArrayLike<number>): void {
    this.regions[region].set(values, offset);
  }

  async read(region: keyof ReferenceParameters['regions'], offset: number, elements: number) {
    return this.regions[region].slice(offset, offset + elements);
  }

  dispose(): void {}
}

/**
 * Float64, plain loops: the oracle. @param traits as another backend's, to run the plans made for that one
 */
export function createReferenceBackend(
  traits: Pick<KernelBackend, 'inPlace' | 'scratchElements'> = {
    inPlace: 'allowed',
    scratchElements: () => 0,
  },
): KernelBackend {
  let arena = new Float64Array(0);
  const held = new Set<Float64Array | ReferenceParameters>();

  const load = async (plan: StepPlan, parameters: ParameterMemory): Promise<LoadedPlan> => {
    if (!(parameters instanceof ReferenceParameters)) throw new TypeError('Parameters of another backend.');
    const prepared = new Float64Array(plan.preparedElements);
    held.add(prepared);
    // Zeros of the old arena would hide a read of something never written; NaN shows it.
    if (arena.length < plan.arenaWords) arena = new Float64Array(plan.arenaWords).fill(Number.NaN);
    const view = (id: BufferId): Float64Array => {
      const buffer = plan.buffers[id]!;
      const regions = { ...parameters.regions, prepared, arena };
      return regions[buffer.region].subarray(buffer.offset, buffer.offset + buffer.elements);
    };
    return {
      plan,
      write: (buffer, values) => view(buffer).set(values),
      prepare: async () => {
        for (const call of plan.prepare) runCall(call, view, []);
      },
      run: async (scalars) => {
        for (const call of plan.calls) runCall(call, view, scalars);
      },
      read: async (buffer, elements) => view(buffer).slice(0, elements),
      dispose: () => {
        held.delete(prepared);
      },
    };
  };

  return {
    ...traits,
    name: 'reference',
    execution: 'blocking',
    segmentWords: Number.POSITIVE_INFINITY,
    compactable: () => new Set(),
    description: 'Reference kernels in float64',
    kernels: new Set(Object.keys(REFERENCE_KERNELS) as KernelKind[]),
    allocateParameters: async (layout) => {
      const parameters = new ReferenceParameters(layout);
      held.add(parameters);
      parameters.dispose = () => {
        held.delete(parameters);
      };
      return parameters;
    },
    load,
    heldBytes: () => arena.length * BYTES + [...held].reduce((sum, memory) => sum + bytesOf(memory), 0),
    heldBuffers: () => held.size + 1,
    dispose: () => {
      held.clear();
      arena = new Float64Array(0);
    },
  };
}

function runCall(
  call: KernelCall,
  view: (buffer: BufferId) => Float64Array,
  scalars: readonly number[],
): void {
  // The table pairs each kind with the kernel for it; the compiler can't follow that pairing over a union.
  const kernel = REFERENCE_KERNELS[call.kind] as ReferenceKernel<KernelKind>;
  kernel(call, view, scalars);
}

function bytesOf(memory: Float64Array | ReferenceParameters): number {
  if (memory instanceof Float64Array) return memory.byteLength;
  return Object.values(memory.regions).reduce((sum, region) => sum + region.byteLength, 0);
}
