import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPictureHeader } from './picture-header';

/** Latin-1 text and numbers as bytes. */
function bytes(...parts: (string | number[])[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === 'string' ? [...part].map((character) => character.charCodeAt(0)) : part,
    ),
  );
}
const u16 = (n: number) => [n >> 8, n & 255];
const u32 = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
const u16le = (n: number) => u16(n).reverse();
const u32le = (n: number) => u32(n).reverse();
const zeros = (count: number) => new Array<number>(count).fill(0);

const PNG = bytes('\x89PNG\r\n\x1a\n', u32(13), 'IHDR', u32(30_000), u32(20_000), [8, 2, 0, 0, 0]);
const FRAME = [0xff, 0xc2, ...u16(11), 8, ...u16(480), ...u16(640), 1, 1, 0x11, 0];
const JPEG = bytes([0xff, 0xd8, 0xff, 0xe1, ...u16(302)], zeros(300), [0xff, 0xff, 0xdb, ...u16(2)], FRAME);
const GIF_START = [...u16le(10), ...u16le(20), 0x80, 0, 0, ...zeros(6)];
const GIF_IMAGE = [0x2c, ...u16le(5), ...u16le(0), ...u16le(300), ...u16le(7), 0];
const GIF = bytes('GIF89a', GIF_START, [0x21, 0xf9, 4, 0, 0, 0, 0, 0], GIF_IMAGE);
const WEBP_LOSSY = bytes('RIFF', u32le(99), 'WEBPVP8 ', u32le(80), [
  0,
  0,
  0,
  0x9d,
  1,
  0x2a,
  ...u16le(320),
  ...u16le(240),
]);
const WEBP_LOSSLESS = bytes(
  'RIFF',
  u32le(99),
  'WEBPVP8L',
  u32le(80),
  [0x2f],
  u32le(319 | (239 << 14)),
  zeros(9),
);
const WEBP_EXTENDED = bytes('RIFF', u32le(99), 'WEBPVP8X', u32le(10), zeros(4), [0x3f, 0x9c, 0, 0xef, 0, 0]);
const BMP = bytes('BM', u32le(99), zeros(4), u32le(54), u32le(40), u32le(17), u32le(-9), zeros(4));
const ispe = (width: number, height: number) => [
  ...u32(20),
  ...bytes('ispe'),
  ...zeros(4),
  ...u32(width),
  ...u32(height),
];
const META = [...zeros(4), ...ispe(512, 512), ...ispe(4000, 3000)];
const AVIF = bytes(u32(20), 'ftypavif', zeros(4), 'mif1', u32(8 + META.length), 'meta', META);

describe('sizes', () => {
  test.each([
    ['PNG', PNG, 30_000, 20_000],
    ['JPEG', JPEG, 640, 480],
    ['GIF', GIF, 305, 20],
    ['WebP', WEBP_LOSSY, 320, 240],
    ['WebP', WEBP_LOSSLESS, 320, 240],
    ['WebP', WEBP_EXTENDED, 40_000, 240],
    ['BMP', BMP, 17, 9],
    ['AVIF', AVIF, 4000, 3000],
  ] as const)('%s', (format, file, width, height) => {
    expect(readPictureHeader(file)).toEqual({ kind: 'picture', format, width, height });
  });

  test('of a real photograph', () => {
    const file = readFileSync('public/samples/fish/fish1.jpg');
    expect(readPictureHeader(file)).toEqual({ kind: 'picture', format: 'JPEG', width: 320, height: 213 });
  });
});

test('a file that is cut off before its size asks for more, and never invents a size', () => {
  for (const whole of [PNG, JPEG, GIF, WEBP_LOSSY, BMP, AVIF]) {
    for (let length = 12; length < whole.length; length += 1) {
      const header = readPictureHeader(whole.subarray(0, length));
      if (header.kind !== 'incomplete') expect(header, `${length} bytes`).toEqual(readPictureHeader(whole));
    }
  }
});

test('other files are told apart, whatever their name', () => {
  expect(readPictureHeader(bytes('hello, this is a text')).kind).toBe('no-picture');
  expect(readPictureHeader(bytes('')).kind).toBe('no-picture');
  expect(readPictureHeader(bytes('BMX racing is a cycle sport, says this text')).kind).toBe('no-picture');
  expect(readPictureHeader(bytes('<?xml version="1.0"?>\n<svg width="9">'))).toEqual({
    kind: 'unsupported',
    format: 'SVG',
  });
  expect(readPictureHeader(bytes('II*\0', zeros(20)))).toEqual({ kind: 'unsupported', format: 'TIFF' });
  expect(readPictureHeader(bytes(u32(20), 'ftypheic', zeros(4), 'mif1'))).toEqual({
    kind: 'unsupported',
    format: 'HEIC',
  });
});

test('a size of zero and pixels before any size are damage', () => {
  expect(readPictureHeader(bytes([...PNG.slice(0, 16)], zeros(8))).kind).toBe('damaged');
  expect(readPictureHeader(bytes([0xff, 0xd8, 0xff, 0xda, 0, 8])).kind).toBe('damaged');
});

test('no bytes make the reader fail or run for ever', () => {
  const starts = [PNG, JPEG, GIF, WEBP_EXTENDED, BMP, AVIF].map((file) => file.slice(0, 12));
  fc.assert(
    fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 400 }), (start, rest) => {
      const kinds = ['picture', 'incomplete', 'damaged', 'unsupported', 'no-picture'];
      expect(kinds).toContain(readPictureHeader(Uint8Array.from([...start, ...rest])).kind);
    }),
    { numRuns: 2000 },
  );
});
