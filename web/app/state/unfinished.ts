import type { RememberedUpload, Uploader } from '../../client/index';
import { Store } from '../../shared/state/store';

/** An upload that an earlier page left unfinished. `uploadedBytes` is null until the service has reported them. */
export interface UnfinishedUpload extends RememberedUpload {
  uploadedBytes: number | null;
}

/** The uploads that earlier pages of this browser left unfinished, until they are resumed or discarded. */
export class UnfinishedStore extends Store<readonly UnfinishedUpload[]> {
  constructor(private readonly uploader: Uploader) {
    super([]);
  }

  async load(): Promise<void> {
    const uploads = await this.uploader.unfinished();
    this.set(uploads.map((upload) => ({ ...upload, uploadedBytes: null })));
    await Promise.all(uploads.map((upload) => this.lookUp(upload)));
  }

  /** Removes an upload from the list: this page resumes it. */
  remove(uploadId: string): void {
    this.set(this.get().filter(({ upload_id }) => upload_id !== uploadId));
  }

  /** Aborts an upload, and deletes its parts in storage. Throws the errors of the API. */
  async discard(uploadId: string): Promise<void> {
    await this.uploader.discard(uploadId);
    this.remove(uploadId);
  }

  /** Looks up how much storage has. A failure leaves `uploadedBytes` null. */
  private async lookUp({ upload_id, file_id }: RememberedUpload): Promise<void> {
    const status = await this.uploader.api.status(file_id).catch(() => null);
    const uploadedBytes = status?.stage === 'uploading' ? status.uploaded_bytes : null;
    this.set(this.get().map((each) => (each.upload_id === upload_id ? { ...each, uploadedBytes } : each)));
  }
}
