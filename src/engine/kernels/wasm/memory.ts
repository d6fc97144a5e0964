import { ThawError } from '../../../core/errors';

const PAGE_BYTES = 65_536;
/** A block starts at a cache line that no other block shares, so that threads do not slow each other. */
const ALIGNMENT_BYTES = 256;
/** Vector loads may run past the end of a tensor: there is always memory there. */
const SLACK_BYTES = 256;

export interface MemoryBlock {
  /** In bytes from the start of the memory. */
  readonly address: number;
  readonly bytes: number;
}

/** The one linear memory of the WASM backend, and who has which range of it. Blocks start as zeros. */
export class LinearMemory {
  readonly memory: WebAssembly.Memory;
  readonly #start: number;
  /** In use, sorted by address. */
  #blocks: MemoryBlock[] = [];
  /** What lies behind no block nor its slack ever reached and is still zero: filling it would slow the first step. */
  #used = 0;

  /** @param start the first byte that is free */
  constructor(memory: WebAssembly.Memory, start: number) {
    this.memory = memory;
    this.#start = align(start);
  }

  /** @throws ThawError `out-of-memory` */
  allocate(bytes: number): MemoryBlock {
    const size = align(Math.max(bytes, 1));
    let address = this.#start;
    let index = 0;
    for (; index < this.#blocks.length; index += 1) {
      const block = this.#blocks[index]!;
      if (block.address - address >= size) break;
      address = block.address + block.bytes;
    }
    this.#growTo(address + size + SLACK_BYTES);
    const block = { address, bytes: size };
    this.#blocks.splice(index, 0, block);
    const end = address + size;
    new Uint8Array(this.memory.buffer).fill(0, address, Math.min(end, this.#used));
    this.#used = Math.max(this.#used, end + SLACK_BYTES);
    return block;
  }

  free(block: MemoryBlock): void {
    this.#blocks = this.#blocks.filter((other) => other !== block);
  }

  floats(address: number, elements: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, elements);
  }

  integers(address: number, elements: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, elements);
  }

  get heldBytes(): number {
    return this.#blocks.reduce((sum, block) => sum + block.bytes, 0);
  }

  get heldBlocks(): number {
    return this.#blocks.length;
  }

  #growTo(end: number): void {
    const missing = end - this.memory.buffer.byteLength;
    if (missing <= 0) return;
    try {
      this.memory.grow(Math.ceil(missing / PAGE_BYTES));
    } catch (cause) {
      const megabytes = Math.ceil(end / 2 ** 20);
      throw new ThawError(
        'out-of-memory',
        `Training needs ${megabytes} MB and the browser does not give that much: choose a smaller batch or picture size.`,
        { cause },
      );
    }
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}
