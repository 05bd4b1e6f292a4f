import { defineConfig } from 'vite';

// Builds the signing of grants for backends, apart from the engine, which a page loads.
export default defineConfig({
  build: {
    target: 'es2022',
    outDir: 'dist/grants',
    lib: {
      entry: 'grants.ts',
      formats: ['es', 'cjs'],
      fileName: (format) => `index.${format === 'es' ? 'js' : 'cjs'}`,
    },
  },
});
