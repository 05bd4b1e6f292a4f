import { abortable } from './timeouts';

/** Whether the device has a network at all. */
export interface Network {
  isOnline(): boolean;
  /** Resolves when there is one (again); rejects with the signal's reason when that comes first. */
  online(signal?: AbortSignal): Promise<void>;
}

/** What the browser knows of it: `false` is certain, `true` only a hope. */
export const browserNetwork: Network = {
  isOnline: () => globalThis.navigator.onLine,
  online: (signal = new AbortController().signal) => {
    if (browserNetwork.isOnline()) return Promise.resolve();
    const back = new Promise<void>((resolve) =>
      globalThis.addEventListener('online', () => resolve(), { once: true }),
    );
    return abortable(back, signal);
  },
};
