import type { RememberedUpload, Uploader, UploadMemory } from '../../client/index';
import { Store } from '../../shared/state/store';

/** An upload that an earlier page left unfinished. `uploadedBytes` is null until the service has reported them. */
export interface UnfinishedUpload extends RememberedUpload {
  uploadedBytes: number | null;
  /** The user chose its file, which is being compared with storage. */
  isResuming: boolean;
  /** Why the chosen file could not resume it; null for none. */
  problem: unknown;
}

const NEW = { uploadedBytes: null, isResuming: false, problem: null };

/** The uploads that earlier pages of this browser left unfinished, until they are resumed or discarded. */
export class UnfinishedStore extends Store<readonly UnfinishedUpload[]> {
  constructor(
    private readonly loadEngine: () => Promise<Uploader>,
    private readonly memory: UploadMemory,
  ) {
    super([]);
  }

  /** Looks them up. Most browsers have none, and then need no engine for it. */
  async load(): Promise<void> {
    const isEmpty = (await this.memory.all()).length === 0;
    const uploads = isEmpty ? [] : await (await this.loadEngine()).unfinished();
    const before = new Map(this.get().map((upload) => [upload.upload_id, upload]));
    this.set(uploads.map((upload) => ({ ...NEW, ...before.get(upload.upload_id), ...upload })));
    await Promise.all(uploads.map((upload) => this.lookUp(upload)));
  }

  /** Whether a file looks like that of an unfinished upload. */
  includes(name: string, size: number, lastModified: () => number): boolean {
    const named = this.get().filter((each) => each.name === name && each.size === size);
    return named.some((each) => each.last_modified === lastModified());
  }

  /** Removes an upload from the list: this page resumes it. */
  remove(uploadId: string): void {
    this.set(this.get().filter(({ upload_id }) => upload_id !== uploadId));
  }

  /** Shows that the chosen file is being compared. */
  resuming(uploadId: string): void {
    this.patch(uploadId, { isResuming: true, problem: null });
  }

  /** Shows why the chosen file could not resume the upload. */
  notResumed(uploadId: string, problem: unknown): void {
    this.patch(uploadId, { isResuming: false, problem });
  }

  /** Aborts an upload, and deletes its parts in storage. Throws the errors of the API. */
  async discard(uploadId: string): Promise<void> {
    await (await this.loadEngine()).discard(uploadId);
    this.remove(uploadId);
  }

  /** Looks up how much storage has. A failure changes nothing. */
  private async lookUp({ upload_id, file_id }: RememberedUpload): Promise<void> {
    const status = await this.loadEngine()
      .then(({ api }) => api.status(file_id))
      .catch(() => null);
    if (status?.stage === 'uploading') this.patch(upload_id, { uploadedBytes: status.uploaded_bytes });
  }

  private patch(uploadId: string, change: Partial<UnfinishedUpload>): void {
    this.set(this.get().map((each) => (each.upload_id === uploadId ? { ...each, ...change } : each)));
  }
}
