import { defineConfig } from 'vite';
import { onLog, PEERS } from './adapter.vite.config.js';

// Builds the CommonJS version of a package. CommonJS has no `import.meta`, so no worker starts there, and checksums are
// computed on the main thread.
export default defineConfig({
  build: {
    target: 'es2022',
    outDir: 'dist/cjs',
    assetsInlineLimit: 0,
    lib: { entry: 'index.ts', formats: ['cjs'], fileName: () => 'index.js' },
    rolldownOptions: {
      external: [/^@uppy\/core/, ...PEERS],
      onLog,
      output: { exports: 'named' }, // matches the types
      transform: { define: { 'import.meta': '{}' } },
    },
  },
  worker: { format: 'es', rolldownOptions: { output: { entryFileNames: 'worker.js' } } },
});
