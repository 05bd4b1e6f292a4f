import { TransferError } from '../api/errors';
import { ConnectionSpeed, type TransferTimeouts } from '../network/connection-speed';
import type { SignedChunk } from '../api/types';

export interface Transfer {
  chunk: SignedChunk;
  body: Blob;
  /** Called with the number of bytes of this chunk that were sent so far. */
  onBytes: (sent: number) => void;
  /** Default: those of a connection whose speed is not known yet. */
  timeouts?: TransferTimeouts;
  signal?: AbortSignal;
}

/** Sends one chunk to storage; throws a TransferError, or the signal's reason. */
export type Transport = (transfer: Transfer) => Promise<void>;

/** Sends by XMLHttpRequest: the only API with upload progress in every browser. */
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
      limit.restart(event.loaded < body.size ? stall : answer);
      onBytes(event.loaded);
    };
    request.onload = () => {
      settle();
      if (request.status >= 200 && request.status < 300) resolve();
      else reject(new TransferError(request.status, retryAfterSeconds(request) * 1000));
    };
    request.onerror = request.onabort = () => {
      settle();
      reject(signal?.aborted ? (signal.reason as Error) : new TransferError(0, 0, timedOut));
    };
    signal?.addEventListener('abort', cancel);
    request.send(body);
  });

/** Returns Retry-After. Reads all headers, because `getResponseHeader` logs an error where CORS hides the header. */
function retryAfterSeconds(request: XMLHttpRequest): number {
  const found = /^retry-after: *(\d+)/im.exec(request.getAllResponseHeaders());
  return Number(found?.[1] ?? 0);
}

/** Calls `onTimeout` after `limit` milliseconds; `restart` starts over with a new limit. */
export function watchdog(
  limit: number,
  onTimeout: () => void,
): { restart(limit: number): void; stop(): void } {
  let timer = setTimeout(onTimeout, limit);
  const stop = () => clearTimeout(timer);
  const restart = (next: number) => {
    stop();
    timer = setTimeout(onTimeout, next);
  };
  return { restart, stop };
}
