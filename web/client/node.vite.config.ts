import { defineConfig } from 'vite';

// Builds the engine for Node.js, with its own transport and hasher, so that pages do not load them.
export default defineConfig({
  build: {
    target: 'node20',
    ssr: 'node/index.ts',
    outDir: 'dist/node',
    rolldownOptions: {
      output: (['es', 'cjs'] as const).map((format) => ({
        format,
        exports: 'named' as const,
        entryFileNames: `index.${format === 'es' ? 'js' : 'cjs'}`,
      })),
      transform: { define: { 'import.meta': '{}' } },
    },
  },
});
