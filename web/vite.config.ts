import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { defineConfig } from 'vitest/config';
import { svelteFiles } from './svelte-files.js';

const ASSETS = 'dist/assets/';
/** Compresses assets in advance: the service serves `NAME.gz` to browsers that accept gzip. */
const compress = {
  name: 'compress',
  apply: 'build' as const,
  closeBundle: () => {
    for (const name of readdirSync(ASSETS).filter((each) => /\.(js|css|svg)$/.test(each)))
      writeFileSync(`${ASSETS}${name}.gz`, gzipSync(readFileSync(ASSETS + name), { level: 9 }));
  },
};

/** `vite build --mode admin` builds the operator page alone, so that its code adds no request to the upload page. */
const ADMIN = 'admin';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** Tests import the sources. Node itself would choose the parts of Svelte that are for servers. */
const testAliases = [
  { find: '@longshore/client/store', replacement: at('client/store/index.ts') },
  { find: /^svelte(|\/reactivity|\/store)$/, replacement: at('node_modules/svelte/src$1/index-client.js') },
];

export default defineConfig(({ mode }) => ({
  plugins: [compress, svelteFiles],
  // The page's content security policy forbids inline code, so not even small assets may be inlined.
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Swagger UI is one prebuilt file of about 1.5 MB; only docs.html loads it.
    chunkSizeWarningLimit: 1800,
    emptyOutDir: mode !== ADMIN,
    rolldownOptions: { input: mode === ADMIN ? ['admin.html'] : ['index.html', 'docs.html'] },
  },
  server: {
    proxy: { '/api': process.env['LONGSHORE_URL'] ?? 'http://127.0.0.1:8000' },
  },
  test: {
    environment: 'happy-dom',
    include: ['{client,element,uppy,adapters}/tests/**/*.test.ts', '{app,admin}/tests/**/*.test.{ts,tsx}'],
    setupFiles: ['client/tests/setup.ts'],
    restoreMocks: true,
    alias: testAliases,
    unstubGlobals: true,
  },
}));
