import { Store } from './store';

/** Code of the page could not be loaded: there is no connection, or the service was updated meanwhile. */
export class NotLoadedError extends Error {}

/** Something whose code is loaded when it is first needed; null until then. */
export class LazyModule<T> extends Store<T | null> {
  /** Whether the last try failed. */
  readonly hasFailed = new Store(false);
  private loading: Promise<T> | undefined;

  constructor(public fetch?: () => Promise<T>) {
    super(null);
  }

  /** Loads it, and waits for a later try where that fails. */
  async wait(): Promise<T> {
    try {
      return await this.load();
    } catch {
      return new Promise((resolve) => {
        const stop = this.subscribe(() => {
          stop();
          resolve(this.load());
        });
      });
    }
  }

  /** Returns what was loaded, or loads it. Throws a NotLoadedError; the next call then tries again. */
  async load(): Promise<T> {
    const loaded = this.get();
    if (loaded !== null) return loaded;
    this.loading ??= this.fetch?.();
    try {
      const module = await this.loading;
      if (module === undefined) throw new Error('fetch is not set');
      this.set(module);
      this.hasFailed.set(false);
      return module;
    } catch (cause) {
      this.loading = undefined;
      this.hasFailed.set(true);
      throw new NotLoadedError('Code of the page could not be loaded.', { cause });
    }
  }
}
