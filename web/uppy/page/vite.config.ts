import { defineConfig } from 'vite';

// As any site is built; the policy under which it is handed out forbids inline code.
export default defineConfig({
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  worker: { format: 'es' },
});
