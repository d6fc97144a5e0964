import { MOST_RUNS_IN_FLIGHT } from '../../step-plan/backend';
import type { BufferId } from '../../step-plan/calls/call';
import type { StepPlan } from '../../step-plan/plan';
import { isArena, type Range, rangeOf, type Space } from '../wgsl/shader';
import type { WebGpuMemory } from './memory';

const BYTES = Float32Array.BYTES_PER_ELEMENT;
/** Larger results (a prefix's values) are copied when they are asked for. */
const MOST_ELEMENTS = 2 ** 14;
const SLOTS = MOST_RUNS_IN_FLIGHT + 1;

interface Slot {
  readonly staging: GPUBuffer;
  state: 'free' | 'filled' | 'mapped';
  /** Faults when it was filled last. */
  told: number;
}

/**
 * A step's small results leave with its own command buffer, into one of a few mapped buffers in turn: to read a
 * loss needs no second submission, and the next step can be encoded while the last one's loss is on its way.
 */
export class OutputRing {
  readonly #memory: WebGpuMemory;
  readonly #places = new Map<
    BufferId,
    { readonly range: Range; readonly at: number; readonly elements: number }
  >();
  readonly #elements: number;
  readonly #slots: Slot[] = [];
  #latest: Slot | null = null;

  constructor(memory: WebGpuMemory, plan: StepPlan) {
    this.#memory = memory;
    let at = 0;
    for (const { buffer, elements } of plan.outputs) {
      const range = rangeOf(plan, buffer);
      if (!isArena(range.space) || elements > MOST_ELEMENTS) continue;
      this.#places.set(buffer, { range, at, elements });
      at += elements;
    }
    this.#elements = at;
  }

  /** Made before the first run, so that no run waits for memory. */
  async allocate(): Promise<void> {
    if (this.#elements === 0) return;
    for (let slot = 0; slot < SLOTS; slot += 1) {
      this.#slots.push({
        staging: await this.#memory.readback(this.#elements * BYTES),
        state: 'free',
        told: 0,
      });
    }
  }

  copyOutputs(encoder: GPUCommandEncoder, bufferOf: (space: Space) => GPUBuffer): void {
    // A result nobody asked for makes room for a new one.
    const slot =
      this.#slots.find(({ state }) => state === 'free') ??
      this.#slots.find(({ state }) => state === 'filled');
    this.#latest = slot ?? null;
    if (!slot) return;
    for (const { range, at, elements } of this.#places.values()) {
      const from = bufferOf(range.space);
      encoder.copyBufferToBuffer(from, range.offset * BYTES, slot.staging, at * BYTES, elements * BYTES);
    }
    slot.state = 'filled';
    slot.told = this.#memory.faults.told;
  }

  /** @returns the buffer's values after the last run; null where the ring does not have them */
  async take(buffer: BufferId, elements: number): Promise<Float32Array | null> {
    const place = this.#places.get(buffer);
    const slot = this.#latest;
    if (!place || slot?.state !== 'filled') return null;
    slot.state = 'mapped';
    try {
      const values = await this.#memory.map(slot.staging, this.#elements, slot.told);
      return values.slice(place.at, place.at + elements);
    } finally {
      slot.state = 'free';
    }
  }
}
