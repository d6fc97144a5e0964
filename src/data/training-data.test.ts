import { expect, test } from 'vitest';
import type { DecodedPictures, PictureDecoder } from './input/decoder';
import { addPictures, EMPTY_PICTURE_SET, type Picture, type PictureSet } from './picture-set';
import { makeTrainingData } from './training-data';

/** Pictures named `broken` cannot be decoded. */
class FakeDecoder implements PictureDecoder {
  released = 0;

  async decode(pictures: readonly Picture[], { size }: { size: number }): Promise<DecodedPictures> {
    const all = [...pictures.keys()];
    const broken = all.filter((index) => pictures[index]!.name === 'broken');
    return {
      readable: all.filter((index) => !broken.includes(index)),
      failures: broken.map((index) => ({
        index,
        failure: { code: 'picture-unreadable', message: `“${pictures[index]!.id}” is not a picture.` },
      })),
      collect: async (indices) => ({
        pixels: new Uint8Array(indices.length * size * size * 3),
        count: indices.length,
        size,
      }),
      connect: () => new MessageChannel().port1,
      release: () => {
        this.released += 1;
      },
    };
  }
}

/** Pictures p0, p1, … by class; `!` marks one that is broken. */
function setOf(classes: Record<string, string>): PictureSet {
  let next = 0;
  const added = Object.entries(classes).flatMap(([className, marks]) =>
    [...marks].map((mark) => ({
      id: `p${next++}`,
      name: mark === '!' ? 'broken' : 'whole',
      className,
      source: { kind: 'url', url: 'http://localhost/' } as const,
    })),
  );
  return addPictures(EMPTY_PICTURE_SET, added);
}
const options = { size: 2, seed: 3 };

test('indices, labels and pictures stay together through decoding and splitting', async () => {
  const set = setOf({ cat: '....!...', dog: '........' });
  const decoder = new FakeDecoder();
  const {
    data,
    trainPictures,
    validationPictures,
    warnings,
    set: kept,
  } = await makeTrainingData(set, decoder, options);
  expect(data.size).toBe(options.size);
  for (const [part, pictures] of [
    [data.train, trainPictures],
    [data.validation, validationPictures],
  ] as const) {
    expect(part.indices).toHaveLength(pictures.length);
    for (const [position, picture] of pictures.entries()) {
      expect(set.pictures[part.indices[position]!]!.id).toBe(picture.id);
      expect(part.labels[position]).toBe(picture.classIndex);
    }
  }
  expect([data.train.indices.length, data.validation.indices.length]).toEqual([11, 4]);
  expect([...trainPictures, ...validationPictures].map(({ id }) => id)).not.toContain('p4');
  expect(kept.pictures).toHaveLength(15);
  expect(warnings).toEqual([{ code: 'picture-skipped', message: 'Skipped: “p4” is not a picture.' }]);
  // They are decoded again when they are trained on.
  expect(decoder.released).toBe(0);
});

test.each([
  ['no-pictures', {}],
  ['one-class', { cat: '....' }],
  ['class-too-small', { cat: '....', dog: '.' }],
  ['class-too-small', { cat: '....', dog: '.!!' }],
  ['class-too-small', { cat: '....', dog: '!!' }],
  ['no-pictures', { cat: '!!', dog: '!!' }],
])('%s: %o', async (code, classes) => {
  const decoder = new FakeDecoder();
  await expect(makeTrainingData(setOf(classes), decoder, options)).rejects.toMatchObject({ code });
});

test('a class that is too small because of a broken file says so', async () => {
  const decoder = new FakeDecoder();
  await expect(makeTrainingData(setOf({ cat: '....', dog: '.!' }), decoder, options)).rejects.toMatchObject({
    message: expect.stringMatching(/“dog” has only one picture .*“p5” is not a picture/),
  });
  expect(decoder.released).toBe(1);
});

test('many broken files make few warnings that count them all', async () => {
  const set = setOf({ cat: `..${'!'.repeat(20)}`, dog: '..' });
  const { warnings } = await makeTrainingData(set, new FakeDecoder(), options);
  expect(warnings).toHaveLength(5);
  expect(warnings.at(-1)!.message).toContain('16 more');
});
