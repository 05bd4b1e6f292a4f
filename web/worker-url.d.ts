import type { Plugin } from 'vite';

/** Writes the worker's URL as all bundlers know it: `new Worker(new URL("worker.js", import.meta.url))`. */
export declare const workerUrl: Plugin;
