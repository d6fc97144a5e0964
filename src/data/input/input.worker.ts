import * as Comlink from 'comlink';
import { ThawError, toFailure } from '../../core/errors';
import { UNEDITED } from '../../core/options/augmentation';
import type { PictureAnswer, PictureRequest, PictureSupply } from '../../core/picture-supply';
import { isPicturePath } from '../picture-files';
import { decodePicture } from './decode-picture';
import type { InputWorker, PictureFailure, PictureToDecode } from './input-contract';
import { JobSupply } from './job-supply';
import { KeptPixels } from './kept-pixels';
import { Lanes } from './lanes';
import { type JobTools, PictureJob } from './picture-job';
import { PixelBudget } from './pixel-budget';
import { usualPixelMemoryBytes } from './pixel-memory';

/** Enough to keep the browser's decoding threads and the network busy. */
const AT_ONCE = 4;
const PROGRESS_EVERY_MS = 50;

interface RunningJob {
  readonly job: PictureJob;
  readonly ports: Pick<MessagePort, 'close'>[];
}

const budget = new PixelBudget(64 * 1024 * 1024);
const lanes = new Lanes(AT_ONCE);
const jobs = new Map<number, RunningJob>();
let kept = new KeptPixels(usualPixelMemoryBytes());
let decoded = 0;

const worker: InputWorker = {
  async start(budgetBytes) {
    if (budgetBytes !== null) kept = new KeptPixels(budgetBytes);
  },

  async decode({ id, size }, pictures, onProgress) {
    const running = jobs.get(id) ?? { job: new PictureJob(id, size, tools()), ports: [] };
    jobs.set(id, running);
    const failures: PictureFailure[] = [];
    const waiting = pictures.values();
    let done = 0;
    let toldAtMs = performance.now();
    const decodeInTurn = async () => {
      // The lanes share one iterator: each takes the next picture that no other has taken.
      for (const picture of waiting) {
        if (jobs.get(id) !== running) return;
        try {
          await running.job.add(picture, others(running));
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

  async collect(jobId, indices) {
    const supply = new JobSupply(jobs.get(jobId)!.job, readStats);
    return handOver(
      await supply.fetch({ ticket: 0, pictures: indices.map((index) => ({ index, ...UNEDITED })) }),
    );
  },

  async connect(jobId, port) {
    const running = jobs.get(jobId);
    if (running === undefined) return port.close();
    const supply = new JobSupply(running.job, readStats);
    running.ports.push(port);
    const overPort: PictureSupply = {
      fetch: async (request: PictureRequest) => handOver(await supply.fetch(request)),
      cancel: (tickets) => supply.cancel(tickets),
      stats: () => supply.stats(),
    };
    Comlink.expose(overPort, port);
  },

  async unzip(archive, name) {
    try {
      // Loaded when it is needed: few add archives.
      const { unpackZip } = await import('../zip-files');
      return { files: await unpackZip(archive, name, isPicturePath), failure: null };
    } catch (error) {
      return { files: [], failure: toFailure(error) };
    }
  },

  async release(jobId) {
    for (const port of jobs.get(jobId)?.ports ?? []) port.close();
    jobs.delete(jobId);
    kept.release(jobId);
  },
};

function others(than: RunningJob): PictureJob[] {
  return [...jobs.values()].flatMap((running) => (running === than ? [] : [running.job]));
}

/** Pixels are many and made to be given away. */
function handOver(answer: PictureAnswer): PictureAnswer {
  return answer.kind === 'pixels' ? Comlink.transfer(answer, [answer.pixels.buffer]) : answer;
}

function tools(): JobTools {
  return {
    kept,
    lanes,
    loadBytes,
    decode: (blob, name, form, size) => {
      decoded += 1;
      return decodePicture(blob, name, form, size, budget);
    },
  };
}

function readStats() {
  return { ...kept.size, decoded };
}

async function loadBytes({ name, source }: PictureToDecode): Promise<Blob> {
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
