import type { Numbers } from '../backend';
import type { FrozenValuesDisk } from './frozen-values-disk';

export interface PrefixCacheOptions {
  /** What may be kept in memory. */
  readonly budgetBytes: number;
  /**
   * Multiply-accumulates that a kept number must save: a value that is as large as the picture and cheap to
   * compute (the output of a first convolution) is not worth its memory.
   */
  readonly leastWorkPerValue: number;
  /** Where to keep what the memory has no room for; null where there is no such place. */
  readonly openDisk: ((recordBytes: number) => Promise<FrozenValuesDisk | null>) | null;
}

/** By default a frozen picture is kept where that saves a good part of the work; see `PrefixCacheOptions`. */
export const USUAL_CACHE: PrefixCacheOptions = {
  budgetBytes: 512 * 2 ** 20,
  leastWorkPerValue: 64,
  openDisk: null,
};

/** What is kept now, for people and for the cost report. */
export interface PrefixCacheSize {
  readonly pictures: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/**
 * Keeps the frozen boundary's values of each picture, by the picture's id: in memory within a budget, then on
 * disk, then nowhere (whoever asks computes again). First come, first kept: in an epoch every picture is read
 * once, so that throwing out the one read longest ago would throw out each just before it is needed.
 */
export class PrefixCache {
  readonly #options: PrefixCacheOptions;
  readonly #memory = new Map<string, Numbers>();
  readonly #onDisk = new Map<string, number>();
  #memoryBytes = 0;
  /** `closed` until something has to go there; null where it cannot, or once it was full. */
  #disk: FrozenValuesDisk | 'closed' | null;
  #recordBytes = 0;

  constructor(options: PrefixCacheOptions) {
    this.#options = options;
    this.#disk = options.openDisk === null ? null : 'closed';
  }

  has(id: string): boolean {
    return this.#memory.has(id) || this.#onDisk.has(id);
  }

  /** Copies what is kept of a picture to `into`. @returns false: nothing is, or it cannot be read any more */
  read(id: string, into: Numbers): boolean {
    const kept = this.#memory.get(id);
    if (kept !== undefined) {
      into.set(kept);
      return true;
    }
    const index = this.#onDisk.get(id);
    if (index === undefined || this.#disk === null || this.#disk === 'closed') return false;
    const isRead = this.#disk.read(index, bytesOf(into));
    if (!isRead) this.#onDisk.delete(id);
    return isRead;
  }

  /** Keeps a copy if there is room; every record has the same length. */
  async keep(id: string, values: Numbers): Promise<void> {
    if (this.has(id)) return;
    if (this.#memoryBytes + values.byteLength <= this.#options.budgetBytes) {
      this.#memory.set(id, values.slice());
      this.#memoryBytes += values.byteLength;
      return;
    }
    this.#recordBytes = values.byteLength;
    if (this.#disk === 'closed') this.#disk = (await this.#options.openDisk?.(values.byteLength)) ?? null;
    if (this.#disk === null) return;
    const index = this.#disk.append(bytesOf(values));
    if (index !== null) this.#onDisk.set(id, index);
  }

  size(): PrefixCacheSize {
    return {
      pictures: this.#memory.size + this.#onDisk.size,
      memoryBytes: this.#memoryBytes,
      diskBytes: this.#onDisk.size * this.#recordBytes,
    };
  }

  /** Forgets everything. */
  clear(): void {
    this.#memory.clear();
    this.#onDisk.clear();
    this.#memoryBytes = 0;
    if (this.#disk !== null && this.#disk !== 'closed') this.#disk.close();
    this.#disk = this.#options.openDisk === null ? null : 'closed';
  }
}

function bytesOf(values: Numbers): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
