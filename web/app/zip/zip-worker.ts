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
