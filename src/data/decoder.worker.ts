import * as Comlink from 'comlink';
import { ThawError, toFailure } from '../core/errors';
import type { PixelPictures } from '../core/worker-contract';
import { decodePicture } from './decode-picture';
import type { DecodeJob, DecoderWorker, PictureFailure, PictureToDecode } from './decoder-contract';
import { isPicturePath } from './picture-files';
import { PixelBudget } from './pixel-budget';

/** Enough to keep the browser's decoding threads and the network busy. */
const AT_ONCE = 4;
const PROGRESS_EVERY_MS = 50;

interface RunningJob {
  readonly size: number;
  readonly decoded: Map<number, Uint8Array<ArrayBuffer>>;
}

const budget = new PixelBudget(64 * 1024 * 1024);
const jobs = new Map<number, RunningJob>();

const worker: DecoderWorker = {
  async decode(job: DecodeJob, pictures: readonly PictureToDecode[], onProgress) {
    const running = jobs.get(job.id) ?? { size: job.size, decoded: new Map() };
    jobs.set(job.id, running);
    const failures: PictureFailure[] = [];
    const waiting = pictures.values();
    let done = 0;
    let toldAtMs = performance.now();
    const decodeInTurn = async () => {
      // The lanes share one iterator: each takes the next picture that no other has taken.
      for (const picture of waiting) {
        if (jobs.get(job.id) !== running) return;
        try {
          const blob = await fetchBytes(picture);
          running.decoded.set(picture.index, await decodePicture(blob, picture.name, job.size, budget));
        } catch (error) {
          failures.push({ index: picture.index, failure: toFailure(error) });
        }
        done += 1;
        if (performance.now() - toldAtMs < PROGRESS_EVERY_MS) continue;
        toldAtMs = performance.now();
        onProgress(done);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, decodeInTurn));
    return failures.sort((a, b) => a.index - b.index);
  },

  async collect(jobId: number, indices: readonly number[]): Promise<PixelPictures> {
    const { size, decoded } = jobs.get(jobId)!;
    const pictureBytes = size * size * 3;
    const pixels = new Uint8Array(indices.length * pictureBytes);
    for (const [position, index] of indices.entries()) {
      pixels.set(decoded.get(index)!, position * pictureBytes);
      decoded.delete(index); // frees one picture for each that is copied
    }
    return Comlink.transfer({ pixels, count: indices.length, size }, [pixels.buffer]);
  },

  async unzip(archive: Blob, name: string) {
    try {
      // Loaded when it is needed: few add archives.
      const { unpackZip } = await import('./zip-files');
      return { files: await unpackZip(archive, name, isPicturePath), failure: null };
    } catch (error) {
      return { files: [], failure: toFailure(error) };
    }
  },

  async release(jobId: number) {
    jobs.delete(jobId);
  },
};

async function fetchBytes({ name, source }: PictureToDecode): Promise<Blob> {
  if (source.kind === 'blob') return source.blob;
  try {
    const response = await fetch(source.url);
    if (response.ok) return await response.blob();
  } catch {
    // told below, like an answer that is no picture
  }
  const message = `“${name}” could not be loaded. Check the connection and try again.`;
  throw new ThawError('picture-unreadable', message);
}

Comlink.expose(worker);
