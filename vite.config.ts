import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import headers from './scripts/headers.json' with { type: 'json' };
import { policyText } from './scripts/serve.mjs';

/** The built page carries its policy itself, so that it also holds where a server sends no such header. */
function contentSecurityPolicy(): Plugin {
  return {
    name: 'thaw-content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: policyText(headers.pagePolicy) },
        injectTo: 'head-prepend',
      },
    ],
  };
}

export default defineConfig({
  plugins: [react(), contentSecurityPolicy()],
  base: './',
  worker: { format: 'es' },
  build: { target: 'es2023', chunkSizeWarningLimit: 2000 },
  // Cross-origin isolation gives the page shared memory, which the threaded kernels need.
  server: { headers: headers.isolation },
});
