import type { RememberedUpload, Uploader } from '../../client/index';
import { Store } from './store';

/** An upload that an earlier page left. `arrived`: bytes that storage has; null where that is not known (yet). */
export interface LeftUpload extends RememberedUpload {
  arrived: number | null;
}

/** Uploads that earlier pages of this browser left unfinished, until they are carried on or discarded. */
export class Unfinished extends Store<readonly LeftUpload[]> {
  constructor(private readonly uploader: Uploader) {
    super([]);
  }

  async load(): Promise<void> {
    const left = await this.uploader.unfinished();
    this.set(left.map((upload) => ({ ...upload, arrived: null })));
    await Promise.all(left.map((upload) => this.lookUp(upload)));
  }

  /** This page has taken it up. */
  taken(uploadId: string): void {
    this.set(this.get().filter(({ upload_id }) => upload_id !== uploadId));
  }

  /** Storage forgets what has arrived. Throws what the service says. */
  async discard(uploadId: string): Promise<void> {
    await this.uploader.discard(uploadId);
    this.taken(uploadId);
  }

  /** What storage has of it. That it cannot be looked up now is no reason not to show the rest. */
  private async lookUp({ upload_id, file_id }: RememberedUpload): Promise<void> {
    const status = await this.uploader.api.status(file_id).catch(() => null);
    const arrived = status?.stage === 'uploading' ? status.uploaded_bytes : null;
    this.set(this.get().map((each) => (each.upload_id === upload_id ? { ...each, arrived } : each)));
  }
}
