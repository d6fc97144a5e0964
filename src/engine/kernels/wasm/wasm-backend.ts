import type { KernelBackend, Numbers, ParameterMemory, ParameterRegion } from '../../step-plan/backend';
import type { ParameterLayout, Region } from '../../step-plan/plan';
import { scratchOf, WASM_KINDS } from './call-steps';
import type { MemoryBlock } from './memory';
import { KernelModule, type KernelModuleOptions } from './module';
import { WasmPlan } from './plan';

const BYTES = Float32Array.BYTES_PER_ELEMENT;

class WasmParameters implements ParameterMemory {
  readonly blocks: Readonly<Record<ParameterRegion, MemoryBlock>>;
  readonly #module: KernelModule;

  constructor({ elements }: ParameterLayout, module: KernelModule) {
    const allocate = (count: number) => module.memory.allocate(count * BYTES);
    this.#module = module;
    this.blocks = {
      weights: allocate(elements.weights),
      gradients: allocate(elements.gradients),
      slot0: allocate(elements.slot0),
      slot1: allocate(elements.slot1),
    };
  }

  write(region: ParameterRegion, offset: number, values: Numbers): void {
    this.#floats(region, offset, values.length).set(values);
  }

  async read(region: ParameterRegion, offset: number, elements: number): Promise<Numbers> {
    return Float32Array.from(this.#floats(region, offset, elements));
  }

  dispose(): void {
    for (const block of Object.values(this.blocks)) this.#module.memory.free(block);
  }

  #floats(region: ParameterRegion, offset: number, elements: number): Float32Array {
    return this.#module.memory.floats(this.blocks[region].address + offset * BYTES, elements);
  }
}

/**
 * SIMD kernels over one linear memory, without TensorFlow.js. `run` blocks its thread until the step is done:
 * this belongs in a worker.
 * @throws ThawError `backend-unavailable` without SIMD, `out-of-memory`
 */
export async function createWasmBackend(options: KernelModuleOptions): Promise<KernelBackend> {
  const module = await KernelModule.create(options);
  const { memory, threads } = module;
  const plans = new Set<WasmPlan>();
  let arena: MemoryBlock | null = null;

  const growArena = (bytes: number) => {
    if (arena && arena.bytes >= bytes) return;
    if (arena) memory.free(arena);
    // Without an arena until there is one: where memory runs out, the old one is gone, and its plans with it.
    arena = null;
    arena = memory.allocate(bytes);
    for (const plan of plans) plan.recordAgain();
  };

  return {
    name: 'wasm',
    description: threads === 1 ? 'SIMD kernels on one thread' : `SIMD kernels on ${threads} threads`,
    kernels: new Set(WASM_KINDS),
    inPlace: 'allowed',
    segmentWords: Number.POSITIVE_INFINITY,
    execution: 'blocking',
    scratchElements: (call) => scratchOf(call, threads),
    compactable: () => new Set(),
    allocateParameters: async (layout) => new WasmParameters(layout, module),
    load: async (plan, parameters) => {
      if (!(parameters instanceof WasmParameters)) throw new TypeError('Parameters of another backend.');
      growArena(plan.arenaWords * BYTES);
      const prepared = memory.allocate(plan.preparedElements * BYTES);
      const loaded: WasmPlan = new WasmPlan(plan, module, (region: Region) => {
        if (region === 'arena') return arena?.address ?? 0;
        return region === 'prepared' ? prepared.address : parameters.blocks[region].address;
      });
      plans.add(loaded);
      const freePrograms = loaded.dispose.bind(loaded);
      loaded.dispose = () => {
        plans.delete(loaded);
        freePrograms();
        memory.free(prepared);
      };
      return loaded;
    },
    heldBytes: () => memory.heldBytes,
    heldBuffers: () => memory.heldBlocks,
    dispose: () => module.dispose(),
  };
}
