import type { Credential, FileRecord } from '../../client/index';
import { Store } from '../../shared/state/store';

/** The file whose details are shown, and the credential of a private one, in memory only. */
export interface OpenFile {
  file: FileRecord;
  credential?: Credential | undefined;
}

/** The file in the details panel; null while it is closed. */
export class OpenDetails extends Store<OpenFile | null> {
  constructor() {
    super(null);
  }

  open(file: FileRecord): void {
    this.set({ file });
  }

  /** Replaces the record of the file that is shown. */
  update(file: FileRecord): void {
    const now = this.get();
    if (now?.file.id === file.id) this.set({ ...now, file });
  }

  unlock(credential: Credential): void {
    const now = this.get();
    if (now) this.set({ ...now, credential });
  }

  close(): void {
    this.set(null);
  }
}
