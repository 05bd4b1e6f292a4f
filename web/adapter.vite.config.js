import { defineConfig } from 'vite';

/** What a page has already, and must have only once. */
export const PEERS = [/^@longshore\/client/, 'react', 'vue', 'svelte/reactivity'];

/**
 * Rolldown keeps the entry's 'use client', and warns about it.
 * @type {import('vite').Rolldown.InputOptions['onLog']}
 */
export const onLog = (level, log, handle) => {
  if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
};

// Builds the ES module of @longshore/react, vue or svelte, in whose folder it runs.
export default defineConfig({
  build: {
    target: 'es2022',
    lib: { entry: 'index.ts', formats: ['es'], fileName: 'index' },
    rolldownOptions: { external: PEERS, output: { minify: { codegen: { removeWhitespace: true } } }, onLog },
  },
});
