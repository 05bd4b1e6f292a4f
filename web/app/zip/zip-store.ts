import type { Progress } from '../../client/index';
import { Store } from '../../shared/state/store';
import type { ZipFailure } from './messages';

/** `ended`: the browser stopped the worker, or never asked it. `unsupported`: it runs none here. */
export type ZipProblem = ZipFailure | 'ended' | 'unsupported';

export interface ZipDownload {
  name: string;
  state: 'running' | 'done' | 'failed' | 'cancelled';
  progress: Progress;
  /** Why it failed, and the name of the file that caused it; null where none did. */
  problem: { why: ZipProblem; filename: string | null } | null;
}

/** The zip download that is running, or how the last one ended; null without one. There is one at a time. */
export class ZipStore extends Store<ZipDownload | null> {
  private stop: () => void = () => undefined;

  constructor() {
    super(null);
    addEventListener('pagehide', () => this.cancel());
  }

  get isRunning(): boolean {
    return this.get()?.state === 'running';
  }

  /** Shows a new download; `stop` ends it. */
  begin(name: string, size: number, stop: () => void): void {
    this.stop = stop;
    const progress = { sent: 0, size, speed: 0, secondsLeft: null };
    this.set({ name, state: 'running', progress, problem: null });
  }

  /** Changes the running download. */
  patch(change: Partial<ZipDownload>): void {
    const now = this.get();
    if (now?.state === 'running') this.set({ ...now, ...change });
  }

  cancel(): void {
    if (this.isRunning) this.stop();
  }

  /** Removes a download that has ended. */
  dismiss(): void {
    if (!this.isRunning) this.set(null);
  }
}
