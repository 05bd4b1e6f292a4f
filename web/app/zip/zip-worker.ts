import type { Ping, ZipOrder } from './messages';

export const SCOPE = '/zip/';
const WORKER = '/zip/worker.js';

/** The service worker, as far as the page uses it. */
export interface ZipWorker {
  postMessage(message: ZipOrder | Ping, transfer: Transferable[]): void;
}

/** The browser runs no service worker here: a private window of Firefox, or a page without HTTPS. */
export class NoZipWorkerError extends Error {}

/** Returns the running worker, installed on first use. Throws a NoZipWorkerError. */
export async function openZipWorker(): Promise<ZipWorker> {
  try {
    const registration = await navigator.serviceWorker.register(WORKER, {
      scope: SCOPE,
      updateViaCache: 'none',
    });
    return registration.active ?? (await activated(registration));
  } catch (cause) {
    throw new NoZipWorkerError('no service worker', { cause });
  }
}

function activated({ installing, waiting }: ServiceWorkerRegistration): Promise<ServiceWorker> {
  const worker = installing ?? waiting;
  if (!worker) throw new Error('The service worker was removed.');
  return new Promise((resolve, reject) => {
    const check = () => {
      if (worker.state === 'activated') resolve(worker);
      if (worker.state === 'redundant') reject(new Error('The service worker was not installed.'));
    };
    worker.addEventListener('statechange', check);
    check();
  });
}

/** The frame of a download stays for this long after its end: the browser may still be writing the file. Milliseconds. */
const FRAME_TIME = 60_000;

/** Opens a download in a frame, so that the page and its uploads stay open; returns a function that removes the frame later. */
export function openInFrame(url: string): () => void {
  const frame = document.createElement('iframe');
  frame.hidden = true;
  frame.src = url;
  document.body.append(frame);
  return () => void setTimeout(() => frame.remove(), FRAME_TIME);
}
