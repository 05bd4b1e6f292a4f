import type { Slots } from '../transfer/slots';
import type { Upload } from './upload';

/** A file's turn among the files of an Uploader. A paused file loses its turn; when resumed, it gets the next one. */
export class Turn {
  private release: (() => void) | undefined;
  private acquiring: Promise<void> | undefined;
  private hadTurn = false;
  private isOver = false;

  constructor(
    private readonly slots: Slots,
    private readonly upload: Upload,
  ) {}

  /** Waits until the upload is not paused and has its turn. Rejects with the reason when the upload is aborted. */
  async wait(): Promise<void> {
    this.upload.signal.throwIfAborted();
    while (!this.release)
      await (this.acquiring ??= this.acquire().finally(() => (this.acquiring = undefined)));
  }

  end(): void {
    this.isOver = true;
    this.undo();
  }

  private undo(): void {
    this.release?.();
    this.release = undefined;
  }

  private async acquire(): Promise<void> {
    const { pauseControl, signal } = this.upload;
    this.upload.setStage('waiting');
    await pauseControl.whenResumed(signal);
    this.release = await this.slots.take(signal, this.hadTurn);
    this.hadTurn = true;
    const pause = () => {
      this.undo();
      this.upload.setStage('waiting');
    };
    if (this.isOver || pauseControl.paused) pause();
    else pauseControl.pauseSignal.addEventListener('abort', pause);
  }
}
