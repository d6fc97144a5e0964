import { existsSync, readFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { countByClass } from './picture-set';
import { loadSamplePictures } from './samples';

afterEach(() => vi.unstubAllGlobals());

function serve(respond: (url: URL) => Response) {
  vi.stubGlobal('fetch', async (url: URL) => respond(url));
}

test('the bundled list gives four classes, every file is there and carries its licence', async () => {
  serve((url) => new Response(readFileSync(`public${url.pathname.replace('/thaw', '')}`)));
  const set = await loadSamplePictures('http://localhost/thaw/index.html');
  expect(set.classNames).toEqual(['animal', 'fish', 'landmark', 'tool']);
  expect(countByClass(set)).toEqual([28, 28, 36, 36]);
  for (const { source, attribution } of set.pictures) {
    const url = source.kind === 'url' ? source.url : '';
    expect(url).toMatch(/^http:\/\/localhost\/thaw\/samples\//);
    expect(existsSync(`public${new URL(url).pathname.replace('/thaw', '')}`), url).toBe(true);
    expect(['CC0-1.0', 'Public Domain']).toContain(attribution?.licence);
    expect(attribution?.author).not.toBe('');
  }
});

test.each([
  ['is missing', () => new Response('', { status: 404 })],
  ['is a page instead', () => new Response('<!doctype html>')],
  ['lacks a licence', () => Response.json([{ file: 'fish/a.jpg', author: 'x', source: 'y' }])],
])('a list that %s is an error with a sentence', async (_, respond) => {
  serve(respond);
  await expect(loadSamplePictures('http://localhost/')).rejects.toMatchObject({
    code: 'no-pictures',
    message: expect.stringContaining('could not be loaded'),
  });
});
