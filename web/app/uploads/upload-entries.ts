import type { FileRecord } from '../../client/index';
import { isUnsettled, stateOfFile } from '../file/file-state';
import { Store } from '../../shared/state/store';
import type { UploadEntry } from './upload-entry';

/** The rows of the files that were selected on this page, newest first. */
export class UploadEntries extends Store<readonly UploadEntry[]> {
  /** Called with the keys of the rows that were removed. */
  onRemoved: ((keys: readonly number[]) => void) | undefined;

  constructor() {
    super([]);
  }

  remove(...keys: number[]): void {
    const removed = new Set(keys);
    this.set(this.get().filter(({ key }) => !removed.has(key)));
    this.onRemoved?.(keys);
  }

  /** Removes the row of a file that was deleted. */
  removeStored(id: string): void {
    const entry = this.get().find(({ record }) => record?.id === id);
    if (entry) this.remove(entry.key);
  }

  /** Removes the rows of files with a verdict: the list of stored files contains them. */
  removeSettled(): void {
    const settled = this.get().filter((entry) => entry.record && !isUnsettled(entry.state));
    if (settled.length > 0) this.remove(...settled.map(({ key }) => key));
  }

  /** Shows the current record of a stored file. */
  updateRecord(record: FileRecord): void {
    const entry = this.get().find((one) => one.record?.id === record.id);
    if (entry) this.patch(entry.key, { record, name: record.filename, state: stateOfFile(record) });
  }

  /** Ignores changes to equal values: stages are reported repeatedly, and every change renders all rows. */
  patch(key: number, change: Partial<UploadEntry>): void {
    const before = this.find(key);
    if (!before) return;
    const after = { ...before, ...change };
    const same = (Object.keys(change) as (keyof UploadEntry)[]).every((name) => after[name] === before[name]);
    if (!same) this.set(this.get().map((entry) => (entry.key === key ? after : entry)));
  }

  /** Changes many entries at once, because each change of the list renders it. */
  patchAll(changeOf: (entry: UploadEntry) => Partial<UploadEntry> | null): void {
    this.set(
      this.get().map((entry) => {
        const change = changeOf(entry);
        return change ? { ...entry, ...change } : entry;
      }),
    );
  }

  find(key: number): UploadEntry | undefined {
    return this.get().find((entry) => entry.key === key);
  }
}
