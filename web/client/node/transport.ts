import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { ConnectionSpeed } from '../network/connection-speed';
import { TransferError } from '../api/errors';
import { type Transfer, type Transport, watchdog } from '../transfer/transfer';

/** Sends by node:http: `fetch` reports no progress. The cause of a TransferError is Node's error. */
export const nodeTransport: Transport = (transfer) =>
  new Promise((resolve, reject) => {
    const { chunk, body, onBytes, timeouts, signal } = transfer;
    signal?.throwIfAborted();
    const { stall, answer } = timeouts ?? new ConnectionSpeed().timeouts(body.size);
    const request = (chunk.url.startsWith('https:') ? requestHttps : requestHttp)(chunk.url, {
      method: chunk.method,
      headers: { ...chunk.headers, 'Content-Length': body.size },
    });
    const fail = (cause: unknown, timedOut = false) => {
      limit.stop();
      request.destroy();
      signal?.removeEventListener('abort', cancel);
      reject(signal?.aborted ? (signal.reason as Error) : new TransferError(0, 0, timedOut, { cause }));
    };
    const limit = watchdog(stall, () => fail(new Error('Storage did not answer in time.'), true));
    const cancel = () => fail(signal?.reason);
    signal?.addEventListener('abort', cancel);
    request.on('error', fail);
    request.on('response', (response) => {
      limit.stop();
      signal?.removeEventListener('abort', cancel);
      response.resume();
      const { statusCode = 0 } = response;
      if (statusCode >= 200 && statusCode < 300) resolve();
      else reject(new TransferError(statusCode, retryAfterSeconds(response) * 1000));
    });
    const onSent = (sent: number) => {
      limit.restart(sent < body.size ? stall : answer);
      onBytes(sent);
    };
    pipeline(counted(body, onSent), request).catch(fail);
  });

/** Yields the bytes of a blob, and reports those that were taken. */
async function* counted(body: Transfer['body'], onSent: (sent: number) => void): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for await (const piece of body.stream()) {
    yield piece;
    sent += piece.byteLength;
    onSent(sent);
  }
}

function retryAfterSeconds({ headers }: IncomingMessage): number {
  const seconds = Number(headers['retry-after'] ?? 0);
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
}
