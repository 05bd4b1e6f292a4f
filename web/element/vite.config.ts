import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const INLINE_WORKER = fileURLToPath(new URL('inline-worker.ts', import.meta.url));

// Builds the element with the engine and its worker as one file, for a script tag.
export default defineConfig({
  resolve: { alias: [{ find: /^\.\/start-worker$/, replacement: INLINE_WORKER }] },
  build: {
    target: 'es2022',
    lib: { entry: 'index.ts', formats: ['es'], fileName: 'index' },
    rolldownOptions: { output: { minify: { codegen: { removeWhitespace: true } } } },
  },
  worker: { format: 'es' },
});
