import * as Comlink from 'comlink';
import { ThawError } from '../core/errors';
import type { PixelPictures } from '../core/worker-contract';
import type { DecoderWorker, PictureFailure } from './decoder-contract';
import type { Picture } from './picture-set';

export interface DecodeOptions {
  /** Side of the decoded square in pixels. */
  readonly size: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Pictures that were decoded and still lie in the worker. */
export interface DecodedPictures {
  /** Indices of the pictures that could be decoded, ascending. */
  readonly readable: readonly number[];
  readonly failures: readonly PictureFailure[];
  /** Fetches pictures in this order. A picture can be fetched once. */
  collect(indices: readonly number[]): Promise<PixelPictures>;
  /** Frees what was not collected. */
  release(): void;
}

/** Turns pictures into pixels. */
export interface PictureDecoder {
  /** @throws ThawError `cancelled`, `out-of-memory`; a picture that fails is told in `failures`. */
  decode(pictures: readonly Picture[], options: DecodeOptions): Promise<DecodedPictures>;
}

/** Beyond this a tab is likely to die; the pictures are held once in the worker and once on their way. */
const MAX_DECODED_BYTES = 1024 ** 3;
/** Posting thousands of files in one message would block the page. */
const PICTURES_A_MESSAGE = 200;

/** Decodes in a worker of its own, so that the page stays responsive. One for the whole page will do. */
export class WorkerPictureDecoder implements PictureDecoder {
  readonly #worker: Worker;
  readonly #remote: Comlink.Remote<DecoderWorker>;
  /** Told when the worker dies: Comlink's own promises would wait for ever. */
  readonly #onCrash = new Set<(error: ThawError) => void>();
  #crash: ThawError | null = null;
  #nextJobId = 0;

  constructor() {
    this.#worker = new Worker(new URL('./decoder.worker.ts', import.meta.url), { type: 'module' });
    this.#remote = Comlink.wrap<DecoderWorker>(this.#worker);
    this.#worker.addEventListener('error', (event) => {
      const reason = event.message || 'it could not be loaded';
      this.#crash = new ThawError('internal', `The picture decoder stopped: ${reason}. Reload the page.`);
      for (const tell of this.#onCrash) tell(this.#crash);
    });
  }

  async decode(pictures: readonly Picture[], options: DecodeOptions): Promise<DecodedPictures> {
    const { size, signal, onProgress } = options;
    checkMemory(pictures.length, size);
    throwIfCancelled(signal);
    const job = { id: this.#nextJobId++, size };
    const release = () => void this.#remote.release(job.id);
    const failures: PictureFailure[] = [];
    try {
      for (let start = 0; start < pictures.length; start += PICTURES_A_MESSAGE) {
        const part = pictures.slice(start, start + PICTURES_A_MESSAGE).map(({ name, source }, offset) => ({
          index: start + offset,
          name,
          source,
        }));
        const tell = Comlink.proxy((done: number) => {
          if (!signal?.aborted) onProgress?.(start + done, pictures.length);
        });
        failures.push(...(await this.#orAbort(this.#remote.decode(job, part, tell), signal)));
        onProgress?.(start + part.length, pictures.length);
      }
    } catch (error) {
      release();
      throw error;
    }
    const failed = new Set(failures.map(({ index }) => index));
    return {
      readable: pictures.map((_, index) => index).filter((index) => !failed.has(index)),
      failures,
      collect: (indices) => this.#orAbort(this.#remote.collect(job.id, indices), signal),
      release,
    };
  }

  /**
   * The pictures of a zip archive as files with their folder, for `picturesFromFiles`.
   * @throws ThawError `archive-invalid`, `cancelled`
   */
  async unzip(archive: File, signal?: AbortSignal): Promise<File[]> {
    const { files, failure } = await this.#orAbort(this.#remote.unzip(archive, archive.name), signal);
    if (failure !== null) throw new ThawError(failure.code, failure.message);
    return files.map(({ path, blob, lastModifiedMs }) => {
      const file = new File([blob], path.split('/').at(-1)!, { lastModified: lastModifiedMs });
      return Object.defineProperty(file, 'webkitRelativePath', { value: path.includes('/') ? path : '' });
    });
  }

  /** Ends the worker and all that it is doing. */
  dispose(): void {
    this.#worker.terminate();
  }

  /** Not Promise.race: that keeps every result alive as long as the worker. */
  async #orAbort<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
    let stopListening = () => {};
    try {
      return await new Promise<Result>((resolve, reject) => {
        const onAbort = () => reject(cancelled());
        stopListening = () => {
          signal?.removeEventListener('abort', onAbort);
          this.#onCrash.delete(reject);
        };
        signal?.addEventListener('abort', onAbort);
        this.#onCrash.add(reject);
        if (signal?.aborted) onAbort();
        if (this.#crash !== null) reject(this.#crash);
        work.then(resolve, reject);
      });
    } finally {
      stopListening();
    }
  }
}

/**
 * Decodes a single picture, for trying a model on it.
 * @throws ThawError `picture-unreadable`, `picture-too-large`, `cancelled`
 */
export async function decodeOnePicture(
  decoder: PictureDecoder,
  picture: Picture,
  options: DecodeOptions,
): Promise<PixelPictures> {
  const decoded = await decoder.decode([picture], options);
  try {
    const failed = decoded.failures[0];
    if (failed !== undefined) throw new ThawError(failed.failure.code, failed.failure.message);
    return await decoded.collect([0]);
  } finally {
    decoded.release();
  }
}

function checkMemory(count: number, size: number): void {
  const bytes = count * size * size * 3;
  if (bytes <= MAX_DECODED_BYTES) return;
  const gigabytes = (bytes / 1e9).toFixed(1);
  throw new ThawError(
    'out-of-memory',
    `${count} pictures at ${size} × ${size} pixels take ${gigabytes} GB. Choose a smaller picture size or fewer pictures.`,
  );
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled();
}

function cancelled(): ThawError {
  return new ThawError('cancelled', 'Decoding the pictures was cancelled.');
}
