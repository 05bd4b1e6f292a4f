/** Bundlers find the worker by this URL; the element replaces this module, to be one file. */
export const startWorker = () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
