import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';

type Colour = readonly [red: number, green: number, blue: number];

export const COLOURS = {
  red: [200, 40, 30],
  green: [40, 180, 60],
  blue: [30, 60, 200],
} as const satisfies Record<string, Colour>;

export type ColourName = keyof typeof COLOURS;

const SIDE = 48;

/** A PNG file: a colour, darker from top to bottom, differently for every number. */
export function picture(colour: ColourName, number: number): Buffer {
  const row = 1 + 3 * SIDE;
  const pixels = Buffer.alloc(SIDE * row);
  for (let y = 0; y < SIDE; y++) {
    const light = 1 - (0.5 * y) / SIDE - 0.03 * (number % 8);
    for (let x = 0; x < SIDE; x++) {
      COLOURS[colour].forEach((value, channel) => {
        pixels[y * row + 1 + 3 * x + channel] = Math.round(value * light);
      });
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIDE, 0);
  header.writeUInt32BE(SIDE, 4);
  // Eight bits a channel, red green blue.
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), content]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(content.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/**
 * Writes pictures into one folder a class.
 * @param counts pictures of each class, which is named for its colour
 * @returns the paths of the classes' folders
 */
export function writeClassFolders(folder: string, counts: Partial<Record<ColourName, number>>): string[] {
  return Object.entries(counts).map(([name, count]) => {
    const classFolder = join(folder, name);
    mkdirSync(classFolder, { recursive: true });
    for (let number = 0; number < count; number++) {
      writeFileSync(join(classFolder, `${name}-${number}.png`), picture(name as ColourName, number));
    }
    return classFolder;
  });
}
