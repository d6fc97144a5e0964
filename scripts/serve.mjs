// Serves the built app on this machine only: the headers that shared memory needs, a content-security
// policy, the right MIME types. `node scripts/serve.mjs [--port N]` serves dist on exactly that port.
import { createReadStream } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const HOST = '127.0.0.1';
const DEFAULT_PORT = 4173;
const PORTS_TO_TRY = 50;

const MIME_TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.wasm': 'application/wasm',
  '.bin': 'application/octet-stream',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
};

/** @returns {string} a Content-Security-Policy header from its directives */
export function policyText(directives) {
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}

/**
 * Serves a folder.
 * @param {{ root: string, port?: number, nextFreePort?: boolean }} options
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function serve({ root, port = DEFAULT_PORT, nextFreePort = false }) {
  const folder = await realpath(root).catch(() => {
    throw new Error(`There is no ${root}. Build the app first: npm run build`);
  });
  const headers = JSON.parse(await readFile(new URL('./headers.json', import.meta.url), 'utf8'));
  const server = createServer((request, response) => {
    respond(folder, headers, request, response).catch((error) => {
      console.error(error);
      response.destroy();
    });
  });
  const usedPort = await listen(server, port, nextFreePort ? PORTS_TO_TRY : 1);
  return {
    url: `http://${HOST}:${usedPort}/`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function listen(server, firstPort, attempts) {
  for (let port = firstPort; ; port++) {
    const failure = await new Promise((done) => {
      server.once('error', done);
      server.listen(port, HOST, () => {
        server.removeListener('error', done);
        done(null);
      });
    });
    if (failure === null) return server.address().port;
    if (failure.code !== 'EADDRINUSE') throw failure;
    if (port + 1 - firstPort >= attempts) {
      throw new Error(`Port ${firstPort} is in use. Close what uses it, or choose another with --port.`);
    }
  }
}

async function respond(root, headers, request, response) {
  for (const [name, value] of Object.entries(headers.isolation)) response.setHeader(name, value);
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    return;
  }
  const file = await findFile(root, request.url ?? '/');
  if (file === null) {
    response.writeHead(404, { 'Content-Type': MIME_TYPES['.txt'] }).end('Not found\n');
    return;
  }
  const extension = extname(file.path).toLowerCase();
  response.setHeader('Content-Type', MIME_TYPES[extension] ?? 'application/octet-stream');
  // A worker is bound by the policy its own script came with. It alone may fetch from elsewhere, because
  // it loads the model address a user typed; page scripts carry the header too, where it means nothing.
  const isScript = extension === '.js' || extension === '.mjs';
  response.setHeader(
    'Content-Security-Policy',
    policyText(isScript ? headers.workerPolicy : { ...headers.pagePolicy, 'frame-ancestors': "'self'" }),
  );
  // Vite puts a hash of the content into the names under assets/; all else may change with a build.
  const isHashed = file.path.startsWith(join(root, 'assets') + sep);
  response.setHeader('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
  const tag = `"${file.sizeBytes.toString(16)}-${Math.floor(file.modifiedMs).toString(16)}"`;
  response.setHeader('ETag', tag);
  if (request.headers['if-none-match'] === tag) {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(200, { 'Content-Length': file.sizeBytes });
  if (request.method === 'HEAD') response.end();
  else
    createReadStream(file.path)
      .on('error', () => response.destroy())
      .pipe(response);
}

/** @returns the file that an address means, or null where there is none or it lies outside the root */
async function findFile(root, address) {
  try {
    const path = decodeURIComponent(new URL(address, `http://${HOST}`).pathname);
    const wanted = resolve(root, `.${path.endsWith('/') ? `${path}index.html` : path}`);
    const real = await realpath(wanted);
    if (!real.startsWith(root + sep)) return null;
    const info = await stat(real);
    return info.isFile() ? { path: real, sizeBytes: info.size, modifiedMs: info.mtimeMs } : null;
  } catch {
    return null;
  }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--port');
  const port = at < 0 ? DEFAULT_PORT : Number(process.argv[at + 1]);
  const { url } = await serve({ root: fileURLToPath(new URL('../dist', import.meta.url)), port });
  console.log(`Serving dist at ${url}`);
}
