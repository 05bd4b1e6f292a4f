import { TransferError } from './errors';
import { ConnectionSpeed, type TransferTimeouts } from './connection-speed';
import type { SignedChunk } from './types';

export interface Transfer {
  chunk: SignedChunk;
  body: Blob;
  /** Bytes of this chunk that have left so far. */
  onBytes: (sent: number) => void;
  /** How long it may take before it counts as lost; absent: as on a line of which nothing is known. */
  timeouts?: TransferTimeouts;
  signal?: AbortSignal;
}

/** Sends one chunk straight to storage; throws a TransferError, or the signal's reason. */
export type Transport = (transfer: Transfer) => Promise<void>;

/** PUT by XMLHttpRequest: the one way in every browser to see bytes leave. */
export const xhrTransport: Transport = ({ chunk, body, onBytes, timeouts, signal }) =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const { stall, answer } = timeouts ?? new ConnectionSpeed().timeouts(body.size);
    const request = new XMLHttpRequest();
    let timedOut = false;
    const limit = watchdog(stall, () => {
      timedOut = true;
      request.abort();
    });
    const cancel = () => request.abort();
    const settle = () => {
      limit.stop();
      signal?.removeEventListener('abort', cancel);
    };
    request.open(chunk.method, chunk.url);
    for (const [name, value] of Object.entries(chunk.headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      limit.feed(event.loaded < body.size ? stall : answer);
      onBytes(event.loaded);
    };
    request.onload = () => {
      settle();
      if (request.status >= 200 && request.status < 300) resolve();
      else reject(new TransferError(request.status, secondsToWait(request) * 1000));
    };
    request.onerror = request.onabort = () => {
      settle();
      reject(signal?.aborted ? (signal.reason as Error) : new TransferError(0, 0, timedOut));
    };
    signal?.addEventListener('abort', cancel);
    request.send(body);
  });

/** Retry-After of a 429 or 503. Asked for by its name where the page may not read it, it is an error in the console. */
function secondsToWait(request: XMLHttpRequest): number {
  const found = /^retry-after: *(\d+)/im.exec(request.getAllResponseHeaders());
  return Number(found?.[1] ?? 0);
}

/** Calls `bark` once nothing has fed it for as long as it was last told, in milliseconds. */
function watchdog(limit: number, bark: () => void): { feed(limit: number): void; stop(): void } {
  let timer = setTimeout(bark, limit);
  const stop = () => clearTimeout(timer);
  const feed = (next: number) => {
    stop();
    timer = setTimeout(bark, next);
  };
  return { feed, stop };
}
