import { expect, test } from 'vitest';
import { ThawError } from '../../core/errors';
import { JobSupply } from './job-supply';
import { type DecodedPixels, KeptPixels } from './kept-pixels';
import { Lanes } from './lanes';
import { PictureJob } from './picture-job';

const SIZE = 4;
const PICTURE_BYTES = SIZE * SIZE * 3;
const PLAIN = { mirrored: false, cropState: null };

/** A job of pictures: in picture n the pixel at (x, y) is [10 n + x, y, 0]; files named `gone` cannot be read. */
async function jobOf(names: readonly string[], budgetBytes: number) {
  const decoded: string[] = [];
  const gates: (() => void)[] = [];
  let held = false;
  const kept = new KeptPixels(budgetBytes);
  const job = new PictureJob(0, SIZE, {
    kept,
    lanes: new Lanes(2),
    loadBytes: async ({ source }) => (source.kind === 'blob' ? source.blob : new Blob([source.url])),
    decode: async (blob, name, form, size) => {
      if (held) await new Promise<void>((open) => gates.push(open));
      if (name === 'gone' && decoded.length >= names.length) {
        throw new ThawError('picture-unreadable', 'It is gone.');
      }
      decoded.push(`${form} ${name}`);
      return numbered(Number(await blob.text()), size);
    },
  });
  for (const [index, name] of names.entries()) {
    await job.add({ index, name, source: { kind: 'url', url: String(index) }, key: name });
  }
  const supply = new JobSupply(job, () => ({ ...kept.size, decoded: decoded.length }));
  return {
    supply,
    decoded,
    hold: () => {
      held = true;
    },
    letOne: () => gates.shift()?.(),
  };
}

function numbered(number: number, side: number): DecodedPixels {
  const pixels = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) pixels.set([10 * number + x, y, 0], (y * side + x) * 3);
  }
  return { pixels, width: side, height: side };
}

async function pixelsOf(answer: ReturnType<JobSupply['fetch']>): Promise<Uint8Array> {
  const given = await answer;
  if (given.kind === 'failed') throw new Error(given.failure.message);
  return given.pixels;
}
const firstReds = (pixels: Uint8Array) => pixels.filter((_, index) => index % PICTURE_BYTES === 0);

test('pictures come in the order that was asked for; what is kept is not decoded again', async () => {
  const { supply, decoded } = await jobOf(['a', 'b', 'c'], 2 * PICTURE_BYTES);
  expect(decoded).toEqual(['square a', 'square b', 'square c']);
  const pictures = [2, 0, 1, 0].map((index) => ({ index, ...PLAIN }));
  expect([...firstReds(await pixelsOf(supply.fetch({ ticket: 0, pictures })))]).toEqual([20, 0, 10, 0]);
  expect(decoded.slice(3)).toEqual(['square c']);
  expect(await supply.stats()).toEqual({
    keptBytes: 2 * PICTURE_BYTES,
    mostKeptBytes: 2 * PICTURE_BYTES,
    budgetBytes: 2 * PICTURE_BYTES,
    decoded: 4,
  });
});

test('an edit is of the one who asks: what is kept stays as it was decoded', async () => {
  const { supply, decoded } = await jobOf(['a'], 1e6);
  const one = (edit: object) =>
    pixelsOf(supply.fetch({ ticket: 0, pictures: [{ index: 0, ...PLAIN, ...edit }] }));
  const plain = await one({});
  const mirrored = await one({ mirrored: true });
  expect([...firstReds(mirrored)]).toEqual([SIZE - 1]);
  const cut = await one({ cropState: 5 });
  expect(cut).not.toEqual(plain);
  expect(await one({ cropState: 5 })).toEqual(cut);
  expect(await one({ cropState: 6 })).not.toEqual(cut);
  expect(await one({})).toEqual(plain);
  // The whole picture is decoded once for all its parts.
  expect(decoded).toEqual(['square a', 'whole a']);
});

test('what is cancelled before it was begun is not decoded', async () => {
  const { supply, decoded, hold, letOne } = await jobOf(['a', 'b', 'c', 'd', 'e'], 0);
  hold();
  const pictures = [0, 1, 2, 3, 4].map((index) => ({ index, ...PLAIN }));
  const answer = supply.fetch({ ticket: 7, pictures });
  await new Promise((resolve) => setTimeout(resolve));
  await supply.cancel([7]);
  letOne();
  letOne();
  expect(await answer).toMatchObject({ kind: 'failed', failure: { code: 'cancelled' } });
  await new Promise((resolve) => setTimeout(resolve));
  expect(decoded.slice(5)).toEqual(['square a', 'square b']);
});

test('a file that is gone meanwhile fails with its sentence', async () => {
  const { supply } = await jobOf(['a', 'gone'], 0);
  expect(await supply.fetch({ ticket: 0, pictures: [{ index: 1, ...PLAIN }] })).toEqual({
    kind: 'failed',
    failure: { code: 'picture-unreadable', message: 'It is gone.' },
  });
});
