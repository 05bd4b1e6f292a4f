import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { onLog } from '../../adapter.vite.config.js';
import { svelteFiles } from '../../svelte-files.js';

// Builds a site; its content security policy forbids inline code.
export default defineConfig({
  plugins: [svelteFiles],
  resolve: {
    alias: {
      '@longshore/client/store': fileURLToPath(new URL('../../client/store/index.ts', import.meta.url)),
    },
  },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { onLog },
  },
  worker: { format: 'es' },
});
