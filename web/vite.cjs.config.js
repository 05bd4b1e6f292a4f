import { defineConfig } from 'vite';

// Beside the ES module of a package, the same for `require()`. There is no `import.meta` in CommonJS, so no worker starts
// there, and checksums are computed on the page's own thread.
export default defineConfig({
  build: {
    target: 'es2022',
    outDir: 'dist/cjs',
    assetsInlineLimit: 0,
    lib: { entry: 'index.ts', formats: ['cjs'], fileName: () => 'index.js' },
    rolldownOptions: {
      external: /^@uppy\/core/,
      output: { exports: 'named' }, // as the types have it
      transform: { define: { 'import.meta': '{}' } },
    },
  },
  worker: { format: 'es', rolldownOptions: { output: { entryFileNames: 'worker.js' } } },
});
