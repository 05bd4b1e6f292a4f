import { abortable } from '../network/timeouts';

/** How long the requests that are under way at a pause may take to finish. Milliseconds. */
const PAUSE_GRACE = 30_000;

/** Pauses and resumes an upload: new work waits, and work under way has PAUSE_GRACE to finish. */
export class PauseControl {
  private pauseController = new AbortController();
  private stopController = new AbortController();
  private resumed: Promise<void> = Promise.resolve();
  private letContinue: () => void = () => undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  get paused(): boolean {
    return this.pauseController.signal.aborted;
  }

  /** Aborts at a pause; `resume` replaces it. */
  get pauseSignal(): AbortSignal {
    return this.pauseController.signal;
  }

  /** Aborts PAUSE_GRACE after a pause, unless the upload was resumed before. */
  get stopSignal(): AbortSignal {
    return this.stopController.signal;
  }

  pause(): void {
    if (this.paused) return;
    this.resumed = new Promise((resolve) => (this.letContinue = resolve));
    const reason = new DOMException('The upload is paused.', 'AbortError');
    this.pauseController.abort(reason);
    this.timer = setTimeout(() => this.stopController.abort(reason), PAUSE_GRACE);
  }

  resume(): void {
    if (!this.paused) return;
    clearTimeout(this.timer);
    this.pauseController = new AbortController();
    if (this.stopSignal.aborted) this.stopController = new AbortController();
    this.letContinue();
  }

  /** Resolves when the upload is not paused; rejects with the signal's reason if that aborts first. */
  whenResumed(signal: AbortSignal): Promise<void> {
    return abortable(this.resumed, signal);
  }
}
