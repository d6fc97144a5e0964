// The app as `npm start` serves it, in fresh browser contexts.
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { serve } from '../scripts/serve.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** @param {(url: string) => Promise<any>} work */
export async function withBuiltApp(work) {
  const root = at('../build/bench-app');
  // Not to dist: whoever serves that goes on undisturbed.
  await build({
    configFile: at('../vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: root, emptyOutDir: true, rolldownOptions: { checks: { pluginTimings: false } } },
  });
  const server = await serve({ root, port: 4191, nextFreePort: true });
  try {
    return await work(server.url);
  } finally {
    await server.close();
  }
}
