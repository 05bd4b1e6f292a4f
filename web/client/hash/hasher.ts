import { UnreadableError } from '../api/errors';
import { hashOf, type HashAlgorithm } from './hash';
import { startWorker } from './start-worker';
import type { HashReply, HashRequest } from './worker';

/** Hashes a blob; rejects with an UnreadableError when it cannot be read. */
export type Hasher = (blob: Blob, algorithm: HashAlgorithm) => Promise<string>;

/** What is used of a Web Worker; its own type exists only where the types of browsers do. */
export interface HashWorker {
  postMessage(request: HashRequest): void;
  addEventListener(type: 'message', listener: (event: { data: HashReply }) => void): void;
  addEventListener(type: 'error', listener: () => void): void;
}

/** Hashes in a Web Worker, or on the main thread when none can be started. */
export function workerHasher(start: () => HashWorker = startWorker): Hasher {
  let hasher: Hasher | undefined;
  return (blob, algorithm) => {
    hasher ??= inWorker(start) ?? onMainThread;
    return hasher(blob, algorithm);
  };
}

const onMainThread: Hasher = (blob, algorithm) =>
  hashOf(blob, algorithm).catch((cause: unknown) => {
    throw new UnreadableError({ cause });
  });

function inWorker(start: () => HashWorker): Hasher | null {
  let worker: HashWorker;
  try {
    worker = start();
  } catch {
    return null; // no worker support, or the page's policy forbids it
  }
  const waiting = new Map<number, { request: HashRequest; settle: (hash: Promise<string>) => void }>();
  let asked = 0;
  let broken = false;
  worker.addEventListener('message', ({ data }) => {
    waiting
      .get(data.id)
      ?.settle(data.hash === null ? Promise.reject(new UnreadableError()) : Promise.resolve(data.hash));
    waiting.delete(data.id);
  });
  worker.addEventListener('error', () => {
    broken = true; // its script could not be loaded: hash on the main thread instead
    for (const { request, settle } of waiting.values()) settle(onMainThread(request.blob, request.algorithm));
    waiting.clear();
  });
  return (blob, algorithm) => {
    if (broken) return onMainThread(blob, algorithm);
    const request = { id: (asked += 1), blob, algorithm };
    return new Promise<string>((settle) => {
      waiting.set(request.id, { request, settle });
      worker.postMessage(request);
    });
  };
}
