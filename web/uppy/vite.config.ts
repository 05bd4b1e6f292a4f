import { defineConfig } from 'vite';

// The package: the plugin with the engine inside, and the engine's worker beside it. Uppy itself is the site's own.
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
