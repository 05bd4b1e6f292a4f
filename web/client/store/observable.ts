/** What a framework binds to: React's useSyncExternalStore takes exactly these three. */
export interface Store<S extends object> {
  /** Calls `listener` after each change; returns the function that removes it. */
  readonly subscribe: (listener: () => void) => () => void;
  /** Returns the same object until something changes. */
  readonly getSnapshot: () => S;
  /** The snapshot of a server, and of the first rendering in a browser that takes over its page. */
  readonly getServerSnapshot: () => S;
}

/** A store that holds its snapshot. A subclass can start work with the first listener, and stop it after the last. */
export class Observable<S extends object> implements Store<S> {
  private readonly listeners = new Set<() => void>();
  private snapshot: S;

  constructor(private readonly initial: S) {
    this.snapshot = initial;
  }

  readonly getSnapshot = (): S => this.snapshot;
  readonly getServerSnapshot = (): S => this.initial;

  readonly subscribe = (listener: () => void): (() => void) => {
    const own = () => listener(); // the same function may subscribe twice
    this.listeners.add(own);
    if (this.listeners.size === 1) this.connect();
    return () => {
      if (this.listeners.delete(own) && this.listeners.size === 0) this.disconnect();
    };
  };

  protected publish(snapshot: S): void {
    this.snapshot = snapshot;
    for (const listener of [...this.listeners]) listener();
  }

  /** Called when the first listener subscribes. */
  protected connect(): void {
    // only some stores work while they have listeners
  }

  /** Called when the last listener is removed. */
  protected disconnect(): void {
    // as above
  }
}

/** Options, or a function that returns the current ones: it is called whenever they are needed. */
export type Latest<T> = T | (() => T);

export function latest<T extends object>(options: Latest<T>): T {
  return typeof options === 'function' ? options() : options;
}

export const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
