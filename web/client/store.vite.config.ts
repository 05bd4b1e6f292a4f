import { defineConfig } from 'vite';

// `vite build --config store.vite.config.ts`: builds the stores apart from the engine, of which they need only the types.
export default defineConfig({
  build: {
    target: 'es2022',
    outDir: 'dist/store',
    lib: {
      entry: 'store/index.ts',
      formats: ['es', 'cjs'],
      fileName: (format) => `index.${format === 'es' ? 'js' : 'cjs'}`,
    },
    rolldownOptions: { output: { minify: { codegen: { removeWhitespace: true } } } },
  },
});
