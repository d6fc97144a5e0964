import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkPicture } from './picture-check';

const photograph = readFileSync('public/samples/fish/fish1.jpg');

function pngOf(width: number, height: number): Blob {
  const file = new Uint8Array(64);
  file.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  const view = new DataView(file.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  return new Blob([file]);
}

test('a photograph passes', async () => {
  expect(await checkPicture(new Blob([photograph]), 'fish1.jpg')).toMatchObject({ format: 'JPEG' });
});

test('a size behind more metadata than is read at first is found', async () => {
  const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0xff, 0xff]), Buffer.alloc(65_533)]);
  const file = new Blob([photograph.subarray(0, 2), comment, comment, photograph.subarray(2)]);
  expect(await checkPicture(file, 'fish1.jpg')).toMatchObject({ format: 'JPEG' });
});

test('30,000 × 30,000 pixels are refused unseen, 64 megapixels are not', async () => {
  await expect(checkPicture(pngOf(30_000, 30_000), 'huge.png')).rejects.toMatchObject({
    code: 'picture-too-large',
    message: expect.stringContaining('“huge.png” has 30,000 × 30,000 pixels'),
  });
  expect(await checkPicture(pngOf(8192, 8192), 'large.png')).toMatchObject({ width: 8192 });
});

test.each([
  ['a text', 'hello', 'is not a picture'],
  ['nothing', '', 'is not a picture'],
  ['a drawing', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'is in the format SVG'],
  ['the first bytes of a photograph', photograph.subarray(0, 100), 'is damaged or cut off'],
])('%s named .jpg is unreadable, and the message names it', async (_, content, reason) => {
  await expect(checkPicture(new Blob([content]), 'a.jpg')).rejects.toMatchObject({
    code: 'picture-unreadable',
    message: expect.stringContaining(`“a.jpg” ${reason}`),
  });
});
