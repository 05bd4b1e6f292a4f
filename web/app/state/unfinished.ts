import type { RememberedUpload, Uploader } from '../../client/index';
import { Store } from './store';

/** Uploads that earlier pages of this browser left unfinished, until they are carried on or discarded. */
export class Unfinished extends Store<readonly RememberedUpload[]> {
  constructor(private readonly uploader: Uploader) {
    super([]);
  }

  async load(): Promise<void> {
    this.set(await this.uploader.unfinished());
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
}
