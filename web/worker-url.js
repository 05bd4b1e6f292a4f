// Vite's libraries have one URL inside another. Vite of a project then takes the worker for any file, and Turbopack makes a
// `file:` URL of it.
const NESTED =
  /new URL\(\s*(?:\/\* @vite-ignore \*\/)?\s*(new URL\((["'`])worker\.js\2,\s*import\.meta\.url\))\.href,\s*(["'`])\3\s*\+\s*import\.meta\.url\s*\)/;

export const workerUrl = {
  name: 'worker-url',
  enforce: 'post',
  generateBundle(_options, bundle) {
    const entry = bundle['index.js'];
    if (entry?.type !== 'chunk' || !NESTED.test(entry.code)) this.error('index.js starts no worker');
    entry.code = entry.code.replace(NESTED, '$1');
  },
};
