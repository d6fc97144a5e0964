import type { LoadedPlan, Numbers } from '../../step-plan/backend';
import type { BufferId } from '../../step-plan/calls/call';
import type { KernelCall } from '../../step-plan/operations';
import type { Region, StepPlan } from '../../step-plan/plan';
import { recordCall, ScratchRange } from './call-steps';
import type { MemoryBlock } from './memory';
import type { KernelModule } from './module';
import { programWords, type StepRecorder, type WasmStep } from './program';

const BYTES = Float32Array.BYTES_PER_ELEMENT;

/** Address of a region's first element. */
export type RegionAddress = (region: Region) => number;

interface Program {
  readonly block: MemoryBlock;
  readonly steps: number;
}

/** A plan as two programs in the module's memory: one to prepare, one to run. */
export class WasmPlan implements LoadedPlan {
  readonly plan: StepPlan;
  readonly #module: KernelModule;
  readonly #addressOf: RegionAddress;
  readonly #scalars: MemoryBlock;
  #prepare: Program;
  #calls: Program;

  constructor(plan: StepPlan, module: KernelModule, addressOf: RegionAddress) {
    this.plan = plan;
    this.#module = module;
    this.#addressOf = addressOf;
    this.#scalars = module.memory.allocate(plan.scalars.length * BYTES);
    this.#prepare = this.#record(plan.prepare, plan.prepareScratch);
    this.#calls = this.#record(plan.calls, plan.scratch);
  }

  /** Writes the programs anew, after a region has moved. */
  recordAgain(): void {
    this.#freePrograms();
    this.#prepare = this.#record(this.plan.prepare, this.plan.prepareScratch);
    this.#calls = this.#record(this.plan.calls, this.plan.scratch);
  }

  write(buffer: BufferId, values: ArrayLike<number>): void {
    this.#module.memory.floats(this.#at(buffer), values.length).set(values);
  }

  async prepare(): Promise<void> {
    this.#module.run(this.#prepare.block.address, this.#prepare.steps);
  }

  async run(scalars: readonly number[]): Promise<void> {
    this.#module.memory.floats(this.#scalars.address, scalars.length).set(scalars);
    this.#module.run(this.#calls.block.address, this.#calls.steps);
  }

  async read(buffer: BufferId, elements = this.plan.buffers[buffer]!.elements): Promise<Numbers> {
    return Float32Array.from(this.#module.memory.floats(this.#at(buffer), elements));
  }

  dispose(): void {
    this.#freePrograms();
    this.#module.memory.free(this.#scalars);
  }

  #freePrograms(): void {
    for (const { block } of [this.#prepare, this.#calls]) this.#module.memory.free(block);
  }

  #at(buffer: BufferId): number {
    const { region, offset } = this.plan.buffers[buffer]!;
    return this.#addressOf(region) + offset * BYTES;
  }

  #record(calls: readonly KernelCall[], scratch: readonly (BufferId | null)[]): Program {
    const steps: WasmStep[] = [];
    calls.forEach((call, index) => {
      const own = scratch[index] ?? null;
      recordCall(call, this.#recorder(steps, own === null ? 0 : this.#at(own)));
    });
    const words = programWords(steps, this.#module.table);
    const block = this.#module.memory.allocate(words.byteLength);
    this.#module.memory.integers(block.address, words.length).set(words);
    return { block, steps: steps.length };
  }

  #recorder(steps: WasmStep[], scratch: number): StepRecorder {
    const range = new ScratchRange(scratch);
    return {
      threads: this.#module.threads,
      at: (buffer) => (buffer === null ? 0 : this.#at(buffer)),
      scalarAt: (scalar) => this.#scalars.address + scalar * BYTES,
      scratch: (elements) => range.take(elements),
      step: (kernel, tasks, words) => {
        steps.push({ kernel, tasks, words });
      },
    };
  }
}
