/** A plugin for Vite that compiles `.vue` files of JavaScript, for the demos. */
export const vueFiles = {
  name: 'vue-files',
  /**
   * @param {string} code
   * @param {string} filename
   */
  transform: async (code, filename) => {
    if (!filename.endsWith('.vue')) return null;
    const { compileScript, parse } = await import('vue/compiler-sfc');
    const { descriptor, errors } = parse(code, { filename });
    if (errors[0]) throw errors[0];
    const { content } = compileScript(descriptor, { id: filename, inlineTemplate: true });
    return { code: content, map: null };
  },
};
