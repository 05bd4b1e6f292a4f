/** A plugin for Vite that compiles `.svelte` files of JavaScript, for tests and for the page with the adapters. */
export const svelteFiles = {
  name: 'svelte-files',
  /**
   * @param {string} code
   * @param {string} filename
   */
  transform: async (code, filename) => {
    if (!filename.endsWith('.svelte')) return null;
    const { compile } = await import('svelte/compiler'); // large: only loaded where it is used
    return compile(code, { filename, generate: 'client' }).js;
  },
};
