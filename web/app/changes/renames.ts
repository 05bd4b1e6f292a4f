import { ApiError, type Clock, type Credential, type FileRecord, type HttpClient } from '../../client/index';
import { changeFile } from '../api/file-details';
import type { FilesApi } from '../api/files';
import { ShownChanges } from './shown-changes';

/** A file that the user renamed a moment ago; the undo bar shows it. */
export interface Rename {
  id: string;
  from: string;
  to: string;
  /** The file's version with the new name. */
  version: number;
  isPrivate: boolean;
  /** Until when the undo bar shows it. Milliseconds. */
  until: number;
  /** Why it could not be undone. */
  problem?: unknown;
}

export interface RenameEvents {
  /** The service has changed a name. */
  changed(record: FileRecord): void;
  renamed(rename: Rename): void;
  undone(rename: Rename): void;
  notUndone(rename: Rename, problem: unknown): void;
}

/** Another client renamed the file meanwhile. */
export class NameConflictError extends Error {
  constructor(readonly current: FileRecord) {
    super(current.filename);
  }
}

/**
 * Renames files, and undoes that. While the undo bar shows it, a credential is kept in memory only.
 */
export class Renames extends ShownChanges<Rename> {
  /** By file and version. */
  private readonly credentials = new Map<string, Credential>();

  constructor(
    private readonly http: HttpClient,
    private readonly files: FilesApi,
    private readonly events: RenameEvents,
    clock: Clock,
  ) {
    super(clock, keyOf, (rename) => this.credentials.delete(keyOf(rename)));
  }

  /** Throws a NameConflictError if another client has changed the name, and the errors of the API. */
  async rename(file: FileRecord, filename: string, credential?: Credential): Promise<void> {
    const { id, version } = await this.apply(file, filename, credential);
    const rename = { id, from: file.filename, to: filename, version, isPrivate: file.is_private, until: 0 };
    if (credential) this.credentials.set(keyOf(rename), credential);
    this.show(rename);
    this.events.renamed(rename);
  }

  /** Whether it can be undone: of a private file only while the bar shows it. */
  isUndoable(rename: Rename): boolean {
    return !rename.isPrivate || this.credentials.has(keyOf(rename));
  }

  /** Gives the file its former name; the bar shows why that was not possible. */
  async undo(rename: Rename): Promise<void> {
    const { id, from, to, version } = rename;
    try {
      await this.apply({ id, filename: to, version }, from, this.credentials.get(keyOf(rename)));
      this.hide((each) => keyOf(each) === keyOf(rename));
      this.events.undone(rename);
    } catch (problem) {
      this.show({ ...rename, problem });
      this.events.notUndone(rename, problem);
    }
  }

  private async apply(...wanted: Parameters<Renames['change']>): Promise<FileRecord> {
    const record = await this.change(...wanted);
    this.events.changed(record);
    return record;
  }

  /** A change by others that leaves the name alone is no conflict: the file is renamed in its new version. */
  private async change(
    seen: Pick<FileRecord, 'id' | 'filename' | 'version'>,
    filename: string,
    credential?: Credential,
  ): Promise<FileRecord> {
    for (let version = seen.version; ;) {
      try {
        return await changeFile(this.http, { id: seen.id, version }, { filename }, credential);
      } catch (error) {
        if (!(error instanceof ApiError && error.code === 'version_changed')) throw error;
        const current = await this.files.get(seen.id, credential);
        if (current.filename === filename) return current; // the answer to an earlier try was lost
        if (current.filename !== seen.filename) throw new NameConflictError(current);
        version = current.version;
      }
    }
  }
}

const keyOf = ({ id, version }: Rename): string => `${id} ${version}`;
