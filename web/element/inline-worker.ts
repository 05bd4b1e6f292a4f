import InlineWorker from '../client/hash/worker?worker&inline';

/** Starts the worker from this file, so that the package is one file. A page whose policy forbids `blob:` workers hashes on its main thread. */
export const startWorker = (): Worker => new InlineWorker();
