import { defineConfig } from 'vite';
import { workerUrl } from '../worker-url.js';

// Builds the engine and its worker; bundlers find the worker by its relative URL.
export default defineConfig({
  base: './',
  plugins: [workerUrl],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    lib: { entry: 'index.ts', formats: ['es'], fileName: 'index' },
    // Vite keeps white space in libraries because of annotations, which this package does not have.
    rolldownOptions: { output: { minify: { codegen: { removeWhitespace: true } } } },
  },
  worker: { format: 'es', rolldownOptions: { output: { entryFileNames: 'worker.js' } } },
});
