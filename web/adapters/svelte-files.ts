import { compile } from 'svelte/compiler';

/** A plugin for Vite that compiles `.svelte` files, those of JavaScript and without styles. */
export const svelteFiles = {
  name: 'svelte-files',
  transform: (code: string, filename: string) =>
    filename.endsWith('.svelte') ? compile(code, { filename, generate: 'client' }).js : null,
};
