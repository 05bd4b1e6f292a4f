import { defineConfig } from 'vite';

// Builds the plugin with the engine, and the engine's worker. Uppy is a peer dependency.
export default defineConfig({
  base: './',
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    lib: { entry: 'index.ts', formats: ['es'], fileName: 'index' },
    rolldownOptions: { external: /^@uppy\/core/ },
  },
  worker: { format: 'es', rolldownOptions: { output: { entryFileNames: 'worker.js' } } },
});
