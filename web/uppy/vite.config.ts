import { defineConfig } from 'vite';
import { workerUrl } from '../worker-url.js';

// Builds the plugin with the engine, and the engine's worker. Uppy is a peer dependency.
export default defineConfig({
  base: './',
  plugins: [workerUrl],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    lib: { entry: 'index.ts', formats: ['es'], fileName: 'index' },
    rolldownOptions: { external: /^@uppy\/core/ },
  },
  worker: { format: 'es', rolldownOptions: { output: { entryFileNames: 'worker.js' } } },
});
