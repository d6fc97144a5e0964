// `npm start`: from a fresh clone to the app in the browser.
// Options: --port N (default 4173, or the next free one), --no-open.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { checkNode, installMissing, ROOT, runNpm } from './prepare.mjs';
import { serve } from './serve.mjs';

checkNode();
const { port, open } = readOptions(process.argv.slice(2));
await installMissing();

console.log('Building the app.');
if ((await runNpm(['run', '--silent', 'build', '--', '--logLevel', 'warn'])) !== 0) {
  console.error('The build failed (see above).');
  process.exit(1);
}

const server = await serve({
  root: join(ROOT, 'dist'),
  port: port ?? 4173,
  nextFreePort: port === null,
}).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
console.log(`Thaw is at ${server.url} (Ctrl-C ends it).`);
if (open && hasDesktop()) openBrowser(server.url);

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    server.close().then(() => process.exit(0));
  });
}

function readOptions(args) {
  const options = { port: null, open: true };
  for (let i = 0; i < args.length; i++) {
    const [name, inlineValue] = args[i].split('=');
    if (name === '--no-open') options.open = false;
    else if (name === '--port') options.port = Number(inlineValue ?? args[++i]);
    else stop(`Unknown option ${args[i]}. There are --port N and --no-open: npm start -- --port 8080`);
  }
  const { port } = options;
  if (port !== null && !(Number.isInteger(port) && port > 0 && port < 65536)) {
    stop('--port needs a number between 1 and 65535.');
  }
  return options;
}

function stop(message) {
  console.error(message);
  process.exit(1);
}

function hasDesktop() {
  if (process.env.CI) return false;
  if (process.platform === 'win32' || process.platform === 'darwin') return !process.env.SSH_CONNECTION;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

function openBrowser(url) {
  const [command, ...args] = {
    win32: ['cmd', '/c', 'start', '', url],
    darwin: ['open', url],
  }[process.platform] ?? ['xdg-open', url];
  // The address has been printed, so a desktop without an opener is no failure.
  spawn(command, args, { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}
