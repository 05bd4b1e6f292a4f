/** The Web Worker: hashes one blob at a time, so that one is in memory and the page stays responsive. */
import { hashOf, type HashAlgorithm } from './hash';

export interface HashRequest {
  id: number;
  blob: Blob;
  algorithm: HashAlgorithm;
}

/** `hash` is null when the blob could not be read. */
export interface HashReply {
  id: number;
  hash: string | null;
}

let last: Promise<unknown> = Promise.resolve();

self.addEventListener('message', ({ data }: MessageEvent<HashRequest>) => {
  last = last
    .then(() => hashOf(data.blob, data.algorithm))
    .catch(() => null)
    .then((hash) => self.postMessage({ id: data.id, hash } satisfies HashReply));
});
