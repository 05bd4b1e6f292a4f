import { UnreadableError } from '../errors';
import { hashOf, type HashAlgorithm } from './hash';
import type { HashReply, HashRequest } from './worker';

/** Hashes a blob; rejects with an UnreadableError. */
export type Hasher = (blob: Blob, algorithm: HashAlgorithm) => Promise<string>;

/** Hashes in a Web Worker; on the page's own thread where none can be started. */
export function workerHasher(start: () => Worker = startWorker): Hasher {
  let hasher: Hasher | undefined;
  return (blob, algorithm) => {
    hasher ??= inWorker(start) ?? here;
    return hasher(blob, algorithm);
  };
}

function startWorker(): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
}

const here: Hasher = (blob, algorithm) =>
  hashOf(blob, algorithm).catch((cause: unknown) => {
    throw new UnreadableError({ cause });
  });

function inWorker(start: () => Worker): Hasher | null {
  let worker: Worker;
  try {
    worker = start();
  } catch {
    return null; // no workers here, or the page's policy forbids them
  }
  const waiting = new Map<number, { request: HashRequest; settle: (hash: Promise<string>) => void }>();
  let asked = 0;
  let broken = false;
  worker.addEventListener('message', ({ data }: MessageEvent<HashReply>) => {
    waiting
      .get(data.id)
      ?.settle(data.hash === null ? Promise.reject(new UnreadableError()) : Promise.resolve(data.hash));
    waiting.delete(data.id);
  });
  worker.addEventListener('error', () => {
    broken = true; // its script could not be loaded: what it was asked is done here
    for (const { request, settle } of waiting.values()) settle(here(request.blob, request.algorithm));
    waiting.clear();
  });
  return (blob, algorithm) => {
    if (broken) return here(blob, algorithm);
    const request = { id: (asked += 1), blob, algorithm };
    return new Promise<string>((settle) => {
      waiting.set(request.id, { request, settle });
      worker.postMessage(request);
    });
  };
}
