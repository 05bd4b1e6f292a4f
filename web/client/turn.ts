import type { Slots } from './slots';
import type { Upload } from './upload';

/** A file's turn among those of an Uploader: another file's while it is paused, and the next one when it is resumed. */
export class Turn {
  private leave: (() => void) | undefined;
  private coming: Promise<void> | undefined;
  private hadOne = false;
  private isOver = false;

  constructor(
    private readonly slots: Slots,
    private readonly upload: Upload,
  ) {}

  /** Waits while the upload is paused, and for its turn. Rejects with the upload's reason when that is aborted. */
  async wait(): Promise<void> {
    this.upload.signal.throwIfAborted();
    while (!this.leave) await (this.coming ??= this.come().finally(() => (this.coming = undefined)));
  }

  end(): void {
    this.isOver = true;
    this.undo();
  }

  private undo(): void {
    this.leave?.();
    this.leave = undefined;
  }

  private async come(): Promise<void> {
    const { pauseControl, signal } = this.upload;
    this.upload.setStage('waiting');
    await pauseControl.whenResumed(signal);
    this.leave = await this.slots.take(signal, this.hadOne);
    this.hadOne = true;
    const pause = () => {
      this.undo();
      this.upload.setStage('waiting');
    };
    if (this.isOver || pauseControl.paused) pause();
    else pauseControl.pauseSignal.addEventListener('abort', pause);
  }
}
