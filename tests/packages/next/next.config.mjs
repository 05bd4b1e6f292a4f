import { dirname } from 'node:path';

/** Pages are rendered at build time; the site serves them in this folder. */
export default { output: 'export', basePath: '/next/out', turbopack: { root: dirname(import.meta.dirname) } };
