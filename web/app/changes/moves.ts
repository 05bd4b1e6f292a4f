import type { Clock, Credential, FileRecord } from '../../client/index';
import type { FilesApi } from '../api/files';
import type { BulkFailure } from '../selection/bulk';
import { forEachFile, given } from '../selection/for-each-file';
import { ShownChanges } from './shown-changes';

/** Files that the user moved together a moment ago; the undo bar shows them. */
export interface Move {
  id: number;
  /** The folder that they were moved to, '' for none. */
  to: string;
  /** The files in their new folder, and the folders that they were in. */
  files: readonly { file: FileRecord; from: string }[];
  /** Until when the undo bar shows it. Milliseconds. */
  until: number;
  /** Why the files could not be moved back. */
  problem?: unknown;
}

export interface MoveEvents {
  /** The service has moved a file. */
  changed(record: FileRecord): void;
  moved(move: Move): void;
  undone(move: Move): void;
  notUndone(move: Move): void;
}

/** Moves files into a folder, and undoes that. While the undo bar shows it, a credential is kept in memory only. */
export class Moves extends ShownChanges<Move> {
  private readonly credentials = new Map<number, Credential>();
  private lastId = 0;

  constructor(
    private readonly files: FilesApi,
    private readonly events: MoveEvents,
    clock: Clock,
  ) {
    super(
      clock,
      ({ id }) => String(id),
      ({ id }) => this.credentials.delete(id),
    );
  }

  /** Returns the failures in the order of the files. The credential is for the private ones. */
  async move(files: readonly FileRecord[], to: string, credential?: Credential): Promise<BulkFailure[]> {
    const moved: { file: FileRecord; from: string }[] = [];
    const failures = await forEachFile(files, async (file) => {
      const record = await this.moveOne(file, to, credential);
      moved.push({ file: record, from: file.path_name ?? '' });
    });
    if (moved.length === 0) return failures;
    this.lastId += 1;
    const move = { id: this.lastId, to, files: moved, until: 0 };
    if (credential) this.credentials.set(move.id, credential);
    this.show(move);
    this.events.moved(move);
    return failures;
  }

  /** Whether it can be undone: of private files only while the bar shows it. */
  isUndoable({ id, files }: Move): boolean {
    return this.credentials.has(id) || !files.some(({ file }) => file.is_private);
  }

  /** Moves the files back; the bar shows why that was not possible for some of them. */
  async undo(move: Move): Promise<void> {
    const from = new Map(move.files.map((each) => [each.file, each.from]));
    const credential = this.credentials.get(move.id);
    const failures = await forEachFile([...from.keys()], (file) =>
      this.moveOne(file, from.get(file) ?? '', credential),
    );
    const [first] = failures;
    if (!first) {
      this.hide(({ id }) => id === move.id);
      this.events.undone(move);
      return;
    }
    const left = new Set(failures.map(({ file }) => file));
    const rest = {
      ...move,
      files: move.files.filter(({ file }) => left.has(file)),
      problem: first.error,
    };
    this.show(rest);
    this.events.notUndone(rest);
  }

  private async moveOne(file: FileRecord, to: string, credential?: Credential): Promise<FileRecord> {
    const record = await this.files.move(file, to, given(file, credential));
    this.events.changed(record);
    return record;
  }
}
