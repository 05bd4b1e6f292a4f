import { defineConfig } from 'vite';

// Builds a site; its content security policy forbids inline code.
export default defineConfig({
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  worker: { format: 'es' },
});
