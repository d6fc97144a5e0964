import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serve } from '../scripts/serve.mjs';

describe('the server of the built app', () => {
  const folder = mkdtempSync(join(tmpdir(), 'thaw-serve-'));
  const root = join(folder, 'dist');
  let server: Awaited<ReturnType<typeof serve>>;

  beforeAll(async () => {
    mkdirSync(join(root, 'assets'), { recursive: true });
    writeFileSync(join(folder, 'secret.txt'), 'outside');
    writeFileSync(join(root, 'index.html'), '<title>page</title>');
    writeFileSync(join(root, 'assets', 'worker-1a2b.js'), 'export {};');
    writeFileSync(join(root, 'assets', 'kernels-1a2b.wasm'), 'wasm');
    server = await serve({ root, port: 4700, nextFreePort: true });
  });

  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  test('answers the bare address with the page, isolated and under a policy that stays at home', async () => {
    const response = await fetch(server.url);
    expect(await response.text()).toContain('page');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(response.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self' blob: data:;");
    expect(policy).not.toMatch(/unsafe-inline|unsafe-eval'? |https?:|\*/);
    expect(response.headers.get('cache-control')).toBe('no-cache');
  });

  test('lets a worker fetch the model address that a user typed', async () => {
    const response = await fetch(`${server.url}assets/worker-1a2b.js`);
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toContain("connect-src 'self' https: http:");
    expect(response.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect(response.headers.get('cache-control')).toContain('immutable');
  });

  test('names WebAssembly as such, so that it can be compiled while it streams', async () => {
    const response = await fetch(`${server.url}assets/kernels-1a2b.wasm`);
    expect(response.headers.get('content-type')).toBe('application/wasm');
    await response.arrayBuffer();
  });

  test('sends an unchanged file once', async () => {
    const tag = (await fetch(server.url)).headers.get('etag') ?? '';
    const again = await fetch(server.url, { headers: { 'If-None-Match': tag } });
    expect(again.status).toBe(304);
  });

  test.each(['../secret.txt', '%2e%2e/secret.txt', '..%2fsecret.txt', 'assets', 'missing.js', '%00', '%'])(
    'finds nothing at %s',
    async (path) => {
      expect(await rawStatus(`${server.url}${path}`, `/${path}`)).toBe(404);
    },
  );

  test('refuses to be written to', async () => {
    expect((await fetch(server.url, { method: 'POST' })).status).toBe(405);
  });

  test('takes the next free port, or says that the port is in use', async () => {
    const taken = Number(new URL(server.url).port);
    const next = await serve({ root, port: taken, nextFreePort: true });
    expect(Number(new URL(next.url).port)).toBeGreaterThan(taken);
    await next.close();
    await expect(serve({ root, port: taken })).rejects.toThrow(`Port ${taken} is in use`);
  });
});

/** `fetch` would tidy the path up before it is sent. */
function rawStatus(url: string, path: string): Promise<number | undefined> {
  return new Promise((done, fail) => {
    request(url.replace(/[^/]*$/, ''), { path }, (response) => {
      response.resume();
      response.on('end', () => done(response.statusCode));
    })
      .on('error', fail)
      .end();
  });
}
