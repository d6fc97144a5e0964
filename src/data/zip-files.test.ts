import { BlobReader, BlobWriter, TextReader, ZipWriter } from '@zip.js/zip.js';
import { expect, test } from 'vitest';
import { unpackZip, type ZipLimits } from './zip-files';

const SMALL: ZipLimits = { files: 4, fileBytes: 100_000, totalBytes: 150_000 };
const all = () => true;

async function zipOf(files: Record<string, string | Blob>, options = {}): Promise<Blob> {
  const writer = new ZipWriter(new BlobWriter(), { useWebWorkers: false, ...options });
  for (const [path, content] of Object.entries(files)) {
    await writer.add(path, typeof content === 'string' ? new TextReader(content) : new BlobReader(content));
  }
  return writer.close();
}
const zeros = (bytes: number) => new Blob([new Uint8Array(bytes)]);

test('wanted files come out with path and content', async () => {
  const archive = await zipOf({ 'cat/a.jpg': 'meow', 'notes.txt': 'no', 'dog/b.jpg': 'woof' });
  const files = await unpackZip(archive, 'pets.zip', (path) => path.endsWith('.jpg'));
  expect(files.map(({ path }) => path)).toEqual(['cat/a.jpg', 'dog/b.jpg']);
  expect(await Promise.all(files.map(({ blob }) => blob.text()))).toEqual(['meow', 'woof']);
});

test.each([
  ['one file too large', { 'bomb.jpg': zeros(5_000_000) }, 'in “bomb.jpg”'],
  ['files that are too large together', { 'a.jpg': zeros(90_000), 'b.jpg': zeros(90_000) }, 'in “b.jpg”'],
  ['too many files', Object.fromEntries([...'abcde'].map((letter) => [letter, ''])), 'more than 4 files'],
])('%s: refused', async (_, files, reason) => {
  await expect(unpackZip(await zipOf(files), 'bomb.zip', all, SMALL)).rejects.toMatchObject({
    code: 'archive-invalid',
    message: expect.stringContaining(reason),
  });
});

test('a bomb that states a small size is stopped too', async () => {
  const bytes = new Uint8Array(await (await zipOf({ 'a.jpg': zeros(5_000_000) })).arrayBuffer());
  const view = new DataView(bytes.buffer);
  for (let at = 0; at + 30 < bytes.length; at += 1) {
    if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 10, true);
    if (view.getUint32(at, true) === 0x04034b50) view.setUint32(at + 22, 10, true);
  }
  await expect(unpackZip(new Blob([bytes]), 'bomb.zip', all, SMALL)).rejects.toMatchObject({
    code: 'archive-invalid',
  });
});

test('no archive, half an archive and an encrypted one get a sentence', async () => {
  const whole = await zipOf({ 'a.jpg': 'x'.repeat(1000) });
  const secret = await zipOf({ 'a.jpg': 'x' }, { password: 'p' });
  for (const archive of [new Blob(['hello']), whole.slice(0, Math.floor(whole.size / 2)), secret]) {
    await expect(unpackZip(archive, 'a.zip', all)).rejects.toMatchObject({
      code: 'archive-invalid',
      message: expect.stringContaining('“a.zip” is not a zip archive'),
    });
  }
});
