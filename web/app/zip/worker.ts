/**
 * The service worker that answers the page's zip downloads, so that the browser saves them piece by piece. Its scope is
 * /zip/ alone: the page and its other requests do not pass through it. It has no key; the page fetches the links.
 */
import { archiveLength, archiveStream, EntryError } from './archive';
import type { Ping, Pong, ToPage, ToWorker, ZipOrder } from './messages';

/** The part of a service worker's scope that is used here; the types of workers do not go with those of pages. */
interface WorkerScope {
  addEventListener(type: 'message', listener: (event: MessageEvent<ZipOrder | Ping>) => void): void;
  addEventListener(
    type: 'fetch',
    listener: (event: { request: Request; respondWith(response: Response): void }) => void,
  ): void;
}

/** The shortest time between two reports. Milliseconds. */
const REPORT_INTERVAL = 200;

interface Job {
  order: ZipOrder;
  port: MessagePort;
  controller: AbortController;
  /** The requests for links that the page has not answered yet, by the file's index. */
  links: Map<number, { resolve: (url: string | null) => void; reject: (error: Error) => void }>;
}

const jobs = new Map<string, Job>();
const scope = self as unknown as WorkerScope;

scope.addEventListener('message', ({ data, ports: [port] }) => {
  if (!port) return;
  if (data.type === 'order') accept(data, port);
  else port.postMessage({ known: jobs.has(data.id) } satisfies Pong);
});

scope.addEventListener('fetch', (event) => {
  const [, , id = ''] = new URL(event.request.url).pathname.split('/');
  const job = jobs.get(id);
  if (job) event.respondWith(answer(job));
});

function accept(order: ZipOrder, port: MessagePort): void {
  const job: Job = { order, port, controller: new AbortController(), links: new Map() };
  jobs.set(order.id, job);
  port.onmessage = ({ data }: MessageEvent<ToWorker>) => {
    if (data.type === 'cancel') {
      end(job, { type: 'cancelled' });
      return;
    }
    const waiting = job.links.get(data.index);
    job.links.delete(data.index);
    if (data.type === 'link') waiting?.resolve(data.url);
    else waiting?.reject(new TypeError('The page could not fetch the link.'));
  };
  tell(job, { type: 'ready' });
}

const tell = ({ port }: Job, message: ToPage): void => port.postMessage(message);

/** Ends a job once: reports it to the page, and stops what is being read. */
function end(job: Job, message: ToPage): void {
  if (!jobs.delete(job.order.id)) return;
  tell(job, message);
  job.controller.abort();
}

function answer(job: Job): Response {
  const { entries, name } = job.order;
  tell(job, { type: 'started' });
  return new Response(reported(job), {
    headers: {
      'Content-Type': 'application/zip',
      'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
      // with it, browsers show the time left, and a shorter download as failed
      'Content-Length': String(archiveLength(entries)),
      'Content-Security-Policy': "default-src 'none'",
      'X-Content-Type-Options': 'nosniff',
    },
  });
}

/** Returns the archive's bytes, and reports to the page how they end. */
function reported(job: Job): ReadableStream<Uint8Array> {
  const { controller, order } = job;
  const { signal } = controller;
  const size = order.entries.reduce((total, entry) => total + entry.size, 0);
  let last = 0;
  const report = (sent: number, index: number) => {
    const now = Date.now();
    if (now - last < REPORT_INTERVAL && sent < size) return;
    last = now;
    tell(job, { type: 'progress', sent, size, index });
  };
  const source = {
    linkTo: (index: number) => linkTo(job, index),
    fetch: (url: string, init: RequestInit) => fetch(url, init),
    sleep: (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
    signal,
  };
  const reader = archiveStream(order.entries, source, report).getReader();
  return new ReadableStream<Uint8Array>(
    {
      start: (stream) => {
        // an error makes the browser show the download as failed
        signal.addEventListener('abort', () => stream.error(new Error('The archive ended early.')));
      },
      pull: async (stream) => {
        try {
          const { done, value } = await reader.read();
          if (signal.aborted) return;
          if (!done) {
            stream.enqueue(value);
            return;
          }
          stream.close();
          end(job, { type: 'done' });
        } catch (error) {
          const { index, why } =
            error instanceof EntryError ? error : { index: null, why: 'unreachable' as const };
          end(job, { type: 'failed', index, why });
        }
      },
      cancel: () => end(job, { type: 'cancelled' }),
    },
    { highWaterMark: 0 },
  );
}

function linkTo(job: Job, index: number): Promise<string | null> {
  return new Promise((resolve, reject) => {
    job.links.set(index, { resolve, reject });
    tell(job, { type: 'want-link', index });
  });
}
