import type { Plugin } from 'vite';
export const vueFiles: Plugin;
