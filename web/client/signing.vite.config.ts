import { defineConfig } from 'vite';

// `vite build --mode grants`, and `links`: builds what backends sign with, apart from the engine, which a page loads.
export default defineConfig(({ mode }) => ({
  build: {
    target: 'es2022',
    outDir: `dist/${mode}`,
    lib: {
      entry: `${mode}.ts`,
      formats: ['es', 'cjs'],
      fileName: (format) => `index.${format === 'es' ? 'js' : 'cjs'}`,
    },
  },
}));
