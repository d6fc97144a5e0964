import * as Comlink from 'comlink';
import { ThawError } from '../../core/errors';
import { Breakdown, interruptible } from '../../core/interruptible';
import type { PictureAnswer } from '../../core/picture-supply';
import type { PixelPictures } from '../../core/worker-contract';
import type { Picture, PictureSource } from '../picture-set';
import type { InputWorker, PictureFailure } from './input-contract';

export interface DecodeOptions {
  /** Side of the decoded square in pixels. */
  readonly size: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Pictures that the input worker has decoded once and decodes again when they are needed. */
export interface DecodedPictures {
  /** Indices of the pictures that could be decoded, ascending. */
  readonly readable: readonly number[];
  readonly failures: readonly PictureFailure[];
  /** Pictures in this order. */
  collect(indices: readonly number[]): Promise<PixelPictures>;
  /** A port on which the input worker hands them out to another worker, until they are released. */
  connect(): MessagePort;
  release(): void;
}

/** Turns pictures into pixels. */
export interface PictureDecoder {
  /** @throws ThawError `cancelled`; a picture that fails is told in `failures`. */
  decode(pictures: readonly Picture[], options: DecodeOptions): Promise<DecodedPictures>;
}

/** Posting thousands of files in one message would block the page. */
const PICTURES_A_MESSAGE = 200;

/** The page's side of the input worker, which decodes for page and training. One for the whole page will do. */
export class WorkerPictureDecoder implements PictureDecoder {
  readonly #worker: Worker;
  readonly #remote: Comlink.Remote<InputWorker>;
  readonly #breakdown = new Breakdown();
  #nextJobId = 0;
  readonly #blobKeys = new WeakMap<Blob, string>();
  #nextBlob = 0;

  /** @param pixelMemoryBytes that decoded pictures may take; null: as the machine's memory suggests */
  constructor(pixelMemoryBytes: number | null = null) {
    this.#worker = new Worker(new URL('./input.worker.ts', import.meta.url), {
      type: 'module',
      name: 'thaw-input',
    });
    this.#remote = Comlink.wrap<InputWorker>(this.#worker);
    void this.#remote.start(pixelMemoryBytes);
    this.#worker.addEventListener('error', (event) => {
      const reason = event.message || 'it could not be loaded';
      const message = `The picture decoder stopped: ${reason}. Reload the page.`;
      this.#breakdown.tell(new ThawError('internal', message));
    });
  }

  async decode(pictures: readonly Picture[], options: DecodeOptions): Promise<DecodedPictures> {
    const { size, signal, onProgress } = options;
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
          key: this.#keyOf(source),
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
      collect: async (indices) => {
        const answer = await this.#orAbort<PictureAnswer>(this.#remote.collect(job.id, indices), signal);
        if (answer.kind === 'pixels') return { pixels: answer.pixels, count: indices.length, size };
        throw new ThawError(answer.failure.code, answer.failure.message);
      },
      connect: () => {
        const { port1, port2 } = new MessageChannel();
        void this.#remote.connect(job.id, Comlink.transfer(port1, [port1]));
        return port2;
      },
      release,
    };
  }

  /**
   * The pictures of a zip archive as files with their folder, for `picturesFromFiles`. Those that lie in none
   * are given the archive's name for a folder.
   * @throws ThawError `archive-invalid`, `cancelled`
   */
  async unzip(archive: File, signal?: AbortSignal): Promise<File[]> {
    const { files, failure } = await this.#orAbort(this.#remote.unzip(archive, archive.name), signal);
    if (failure !== null) throw new ThawError(failure.code, failure.message);
    const folder = archive.name.replace(/\.zip$/i, '');
    return files.map(({ path, blob, lastModifiedMs }) => {
      const file = new File([blob], path.split('/').at(-1)!, { lastModified: lastModifiedMs });
      const inFolder = path.includes('/') ? path : `${folder}/${path}`;
      return Object.defineProperty(file, 'webkitRelativePath', { value: inFolder });
    });
  }

  /** Ends the worker and all that it is doing. */
  dispose(): void {
    this.#worker.terminate();
  }

  #keyOf(source: PictureSource): string {
    if (source.kind === 'url') return source.url;
    const known = this.#blobKeys.get(source.blob) ?? `blob ${this.#nextBlob++}`;
    this.#blobKeys.set(source.blob, known);
    return known;
  }

  #orAbort<Result>(work: PromiseLike<Result>, signal: AbortSignal | undefined): Promise<Result> {
    return interruptible(this.#breakdown.orBroken(work), (interrupt) => {
      const onAbort = () => interrupt(cancelled());
      signal?.addEventListener('abort', onAbort);
      if (signal?.aborted) onAbort();
      return () => signal?.removeEventListener('abort', onAbort);
    });
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

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled();
}

function cancelled(): ThawError {
  return new ThawError('cancelled', 'Decoding the pictures was cancelled.');
}
