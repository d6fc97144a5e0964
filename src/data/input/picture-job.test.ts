import { expect, test } from 'vitest';
import { KeptPixels } from './kept-pixels';
import { Lanes } from './lanes';
import { PictureJob } from './picture-job';

const SIZE = 2;
const PICTURE_BYTES = SIZE * SIZE * 3;

/** Pictures are filled with their number, which is their key as well. */
function world(budgetBytes: number) {
  const decoded: number[] = [];
  const kept = new KeptPixels(budgetBytes);
  const tools = {
    kept,
    lanes: new Lanes(1),
    loadBytes: async ({ source }: { source: { kind: 'url'; url: string } | { kind: 'blob'; blob: Blob } }) =>
      source.kind === 'blob' ? source.blob : new Blob([source.url]),
    decode: async (blob: Blob, _name: string, _form: string, size: number) => {
      const number = Number(await blob.text());
      decoded.push(number);
      return { pixels: new Uint8Array(size * size * 3).fill(number), width: size, height: size };
    },
  };
  const job = (id: number, size = SIZE) => new PictureJob(id, size, tools);
  return { decoded, kept, job };
}

const numbered = (number: number, index: number) =>
  ({
    index,
    name: `${number}.png`,
    source: { kind: 'url', url: String(number) },
    key: String(number),
  }) as const;

async function pixelsAt(job: PictureJob, index: number): Promise<number[]> {
  const target = new Uint8Array(PICTURE_BYTES);
  await job.write({ index, mirrored: false, cropState: null }, target);
  return [...new Set(target)];
}

test('a picture that another job has decoded is taken over, with its pixels and at its own place', async () => {
  const { decoded, kept, job } = world(10 * PICTURE_BYTES);
  const first = job(0);
  for (const [index, number] of [7, 8].entries()) await first.add(numbered(number, index));
  const second = job(1);
  for (const [index, number] of [9, 8, 7].entries()) await second.add(numbered(number, index), [first]);
  expect(decoded).toEqual([7, 8, 9]);
  expect(kept.size.keptBytes).toBe(3 * PICTURE_BYTES);
  for (const [index, number] of [9, 8, 7].entries()) expect(await pixelsAt(second, index)).toEqual([number]);
  expect(decoded).toEqual([7, 8, 9]);

  // The new job may be given up, and the old one goes on.
  kept.release(1);
  expect(await pixelsAt(first, 0)).toEqual([7]);
  expect(decoded).toEqual([7, 8, 9, 7]);
});

test('what had no room is taken over without its pixels; another size is decoded anew', async () => {
  const { decoded, job } = world(PICTURE_BYTES);
  const first = job(0);
  for (const [index, number] of [1, 2].entries()) await first.add(numbered(number, index));
  const second = job(1);
  await second.add(numbered(2, 0), [first]);
  expect(decoded).toEqual([1, 2]);
  expect(await pixelsAt(second, 0)).toEqual([2]);
  await job(2, 2 * SIZE).add(numbered(1, 0), [first, second]);
  expect(decoded).toEqual([1, 2, 2, 1]);
});
