import type { Plugin } from 'vite';
export const svelteFiles: Plugin;
