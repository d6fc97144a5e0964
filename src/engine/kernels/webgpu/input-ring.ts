import { MOST_RUNS_IN_FLIGHT } from '../../step-plan/backend';
import type { BufferId } from '../../step-plan/calls/call';
import type { StepPlan } from '../../step-plan/plan';
import { rangeOf, type Space } from '../wgsl/shader';
import type { WebGpuMemory } from './memory';

const BYTES = Float32Array.BYTES_PER_ELEMENT;
/** One is written while the other's step runs; more where steps are so small that several are in flight. */
const LEAST_SLOTS = 2;
const MOST_BYTES = 2 ** 22;

interface Slot {
  readonly staging: GPUBuffer;
  /** `mapped`: may be written to; `busy`: a step copies from it, or it is being mapped again. */
  state: 'mapped' | 'busy';
}

/** Where an input lies in the staging buffer, and where it goes. */
interface Place {
  readonly at: number;
  readonly space: Space;
  readonly offset: number;
}

/**
 * The way in of what a training step is given: written straight into memory that is mapped already, and copied by
 * the step's own command buffer. `queue.writeBuffer` takes fresh memory each time, which cost more than
 * encoding all dispatches of a step.
 */
export class InputRing {
  readonly #memory: WebGpuMemory;
  readonly #places = new Map<BufferId, Place>();
  readonly #elements: number;
  readonly #scalarsAt: number;
  readonly #slots: Slot[] = [];
  #filling: { readonly slot: Slot; readonly room: Float32Array } | null = null;
  /** Elements written of each input since the last step. */
  readonly #written = new Map<BufferId, number>();
  #scalarsWritten = 0;

  constructor(memory: WebGpuMemory, plan: StepPlan, scalarElements: number) {
    this.#memory = memory;
    let at = 0;
    // Plans that run once in a while need no memory of their own for it.
    for (const { buffer, elements } of plan.purpose === 'training' ? plan.inputs : []) {
      const { space, offset } = rangeOf(plan, buffer);
      this.#places.set(buffer, { at, space, offset });
      at += elements;
    }
    this.#scalarsAt = at;
    this.#elements = at === 0 ? 0 : at + scalarElements;
  }

  /** Made before the first run, so that no run waits for memory. */
  async allocate(): Promise<void> {
    if (this.#elements === 0) return;
    const inBudget = Math.floor(MOST_BYTES / (this.#elements * BYTES));
    const slots = Math.max(LEAST_SLOTS, Math.min(MOST_RUNS_IN_FLIGHT + 1, inBudget));
    for (let slot = 0; slot < slots; slot += 1) {
      this.#slots.push({ staging: await this.#memory.upload(this.#elements * BYTES), state: 'mapped' });
    }
  }

  /** @returns false where the ring has no place for it: no such input, or no memory is mapped now */
  write(buffer: BufferId, values: ArrayLike<number>): boolean {
    const place = this.#places.get(buffer);
    const room = place && this.#room();
    if (!place || !room) return false;
    room.set(values, place.at);
    this.#written.set(buffer, values.length);
    return true;
  }

  writeScalars(values: Float32Array): boolean {
    const room = this.#room();
    if (!room) return false;
    room.set(values, this.#scalarsAt);
    this.#scalarsWritten = values.length;
    return true;
  }

  /** First of all commands of a step. */
  copyInputs(encoder: GPUCommandEncoder, bufferOf: (space: Space) => GPUBuffer, scalars: GPUBuffer): void {
    if (!this.#filling) return;
    const { staging } = this.#filling.slot;
    staging.unmap();
    for (const [buffer, elements] of this.#written) {
      const { at, space, offset } = this.#places.get(buffer)!;
      encoder.copyBufferToBuffer(staging, at * BYTES, bufferOf(space), offset * BYTES, elements * BYTES);
    }
    if (this.#scalarsWritten > 0) {
      encoder.copyBufferToBuffer(staging, this.#scalarsAt * BYTES, scalars, 0, this.#scalarsWritten * BYTES);
    }
  }

  /** Once the step is submitted: its memory is mapped again when it is done. */
  release(): void {
    if (!this.#filling) return;
    const { slot } = this.#filling;
    slot.state = 'busy';
    this.#filling = null;
    this.#written.clear();
    this.#scalarsWritten = 0;
    slot.staging.mapAsync(GPUMapMode.WRITE).then(
      () => {
        slot.state = 'mapped';
      },
      // The buffer was freed, or the device is lost, which others tell: the slot stays out of use.
      () => {},
    );
  }

  #room(): Float32Array | null {
    if (this.#filling) return this.#filling.room;
    const slot = this.#slots.find(({ state }) => state === 'mapped');
    if (!slot) return null;
    try {
      const room = new Float32Array(slot.staging.getMappedRange());
      this.#filling = { slot, room };
      return room;
    } catch {
      // The device is lost, which whoever waits for the step's result is told.
      return null;
    }
  }
}
