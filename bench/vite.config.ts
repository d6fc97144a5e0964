import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The page of the benchmark: the product's engine and its peers in workers, without the app around them. */
export default defineConfig({
  root: at('./page'),
  base: './',
  // The bundled backbone.
  publicDir: at('../public'),
  worker: { format: 'es' },
  build: {
    outDir: at('../build/bench'),
    emptyOutDir: true,
    target: 'es2023',
    chunkSizeWarningLimit: 4000,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  logLevel: 'warn',
});
