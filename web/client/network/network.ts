import { abortable } from './timeouts';

/** Reports whether the device has a network. */
export interface Network {
  isOnline(): boolean;
  /** Resolves when there is a network; rejects with the signal's reason if that aborts first. */
  online(signal?: AbortSignal): Promise<void>;
}

/** The browser's own report: `false` is reliable, `true` is not. */
export const browserNetwork: Network = {
  isOnline: () => (globalThis.navigator as Partial<Navigator> | undefined)?.onLine ?? true, // no report outside of browsers
  online: (signal = new AbortController().signal) => {
    if (browserNetwork.isOnline()) return Promise.resolve();
    const back = new Promise<void>((resolve) =>
      globalThis.addEventListener('online', () => resolve(), { once: true }),
    );
    return abortable(back, signal);
  },
};
