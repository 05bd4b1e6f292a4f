import { defineConfig } from 'vite';

// The package: the engine, and its worker beside it, which others' bundlers find by its relative URL.
export default defineConfig({
  base: './',
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    lib: { entry: 'index.ts', formats: ['es'], fileName: 'index' },
    // Vite keeps white space in libraries; nothing here needs the annotations that it does so for.
    rolldownOptions: { output: { minify: { codegen: { removeWhitespace: true } } } },
  },
  worker: { format: 'es', rolldownOptions: { output: { entryFileNames: 'worker.js' } } },
});
