import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { svelteFiles } from './svelte-files.js';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** Tests import the sources. Node itself would choose the parts of Svelte that are for servers. */
const aliases = [
  { find: '@longshore/client/store', replacement: at('client/store/index.ts') },
  { find: /^svelte(|\/reactivity|\/store)$/, replacement: at('node_modules/svelte/src$1/index-client.js') },
];

/** The page is built by vite.config.ts, which needs no package of the tests. */
export default defineConfig({
  plugins: [svelteFiles],
  test: {
    environment: 'happy-dom',
    include: ['{client,element,uppy,adapters}/tests/**/*.test.ts', '{app,admin}/tests/**/*.test.{ts,tsx}'],
    setupFiles: ['client/tests/setup.ts', 'app/tests/setup.ts'],
    restoreMocks: true,
    // only a test that hangs reaches it
    testTimeout: 120_000,
    alias: aliases,
    unstubGlobals: true,
  },
});
