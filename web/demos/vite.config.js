import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { onLog } from '../adapter.vite.config.js';
import { svelteFiles } from '../svelte-files.js';
import { vueFiles } from '../vue-files.js';

/** @param {string} path */
const at = (path) => fileURLToPath(new URL(path, import.meta.url));

// Builds the demos of docs/components.md, which import the packages by their names, from their sources.
export default defineConfig({
  base: './',
  plugins: [svelteFiles, vueFiles],
  resolve: {
    alias: [
      { find: '@longshore/client/store', replacement: at('../client/store/index.ts') },
      { find: /^@longshore\/(\w+)$/, replacement: at('../$1/index.ts') },
    ],
  },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: 'index.ts', onLog, output: { entryFileNames: 'index.js' } },
  },
  worker: { format: 'es' },
});
