import { type ArenaSpace, arenaSpace } from '../wgsl/shader';
import { outOfMemory } from './faults';
import type { WebGpuMemory } from './memory';

const BYTES = Float32Array.BYTES_PER_ELEMENT;

type SharedSpace = ArenaSpace | 'partials';

/** What all plans of a backend run in, one after the other: a buffer for each segment of the arena, and one for partial sums. */
export class SharedBuffers {
  readonly #memory: WebGpuMemory;
  readonly #buffers = new Map<SharedSpace, GPUBuffer>();
  #version = 0;
  #lastGrowth: Promise<void> = Promise.resolve();

  constructor(memory: WebGpuMemory) {
    this.#memory = memory;
  }

  /** Changes when a buffer is replaced by a larger one. */
  get version(): number {
    return this.#version;
  }

  /**
   * Makes room for a plan; what is large enough stays as it is. One after the other: a plan may be loaded while another
   * one runs.
   * @param segments words of each
   * @throws ThawError `out-of-memory`
   */
  grow(segments: readonly number[], partialElements: number): Promise<void> {
    const growth = this.#lastGrowth.then(() => this.#grow(segments, partialElements));
    this.#lastGrowth = growth.catch(() => undefined);
    return growth;
  }

  async #grow(segments: readonly number[], partialElements: number): Promise<void> {
    const wanted: [SharedSpace, number][] = segments.map((words, index) => [arenaSpace(index), words]);
    wanted.push(['partials', partialElements]);
    const missing = wanted.filter(([space, words]) => {
      const held = this.#buffers.get(space);
      return held === undefined || held.size < words * BYTES;
    });
    if (missing.length === 0) return;
    this.#version += 1;
    // Freed first: old and new need not fit at once. Work in flight keeps its memory until it is done.
    for (const [space] of missing) this.#free(space);
    try {
      for (const [space, words] of missing) {
        this.#buffers.set(space, await this.#memory.storage(titleOf(space), words));
      }
    } catch (error) {
      // A part of an arena is of no use, and a smaller plan may need its room for something else.
      for (const [space] of missing) this.#free(space);
      throw error;
    }
  }

  /** @throws ThawError `out-of-memory` where it was given up for a larger one that there was no room for */
  buffer(space: SharedSpace): GPUBuffer {
    const buffer = this.#buffers.get(space);
    if (buffer === undefined) throw outOfMemory(titleOf(space), null);
    return buffer;
  }

  #free(space: SharedSpace): void {
    const buffer = this.#buffers.get(space);
    if (buffer) this.#memory.free(buffer);
    this.#buffers.delete(space);
  }
}

function titleOf(space: SharedSpace): string {
  return space === 'partials' ? 'The partial sums' : 'The activations';
}
