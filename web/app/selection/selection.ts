import type { FileRecord } from '../../client/index';
import { Store } from '../../shared/state/store';

const NONE: ReadonlySet<string> = new Set();

/** The ids of the files that the user has chosen in the list. A file that is no longer shown is not chosen any more. */
export class Selection extends Store<ReadonlySet<string>> {
  private shown: readonly FileRecord[] = [];
  /** Where a range begins: the row that was changed last. */
  private anchor: string | undefined;

  constructor() {
    super(NONE);
  }

  /** Sets the files that can be chosen, in the order of their rows. */
  show(files: readonly FileRecord[]): void {
    this.shown = files;
    const left = files.filter(({ id }) => this.get().has(id)).map(({ id }) => id);
    if (left.length < this.get().size) this.choose(left);
  }

  /** Returns the chosen files in the order of their rows. */
  files(): FileRecord[] {
    return this.shown.filter(({ id }) => this.get().has(id));
  }

  get isAll(): boolean {
    return this.shown.length > 0 && this.get().size === this.shown.length;
  }

  /** Chooses or clears a file; with `range` all files between it and the one that was changed last. */
  toggle(id: string, range = false): void {
    const chosen = new Set(this.get());
    const isAdded = !chosen.has(id);
    for (const each of range ? this.between(id) : [id]) {
      if (isAdded) chosen.add(each);
      else chosen.delete(each);
    }
    this.anchor = id;
    this.choose(chosen);
  }

  /** Extends the choice from one row to its neighbour, as Shift with an arrow key does; the way back clears. */
  extend(from: string, to: string): void {
    const chosen = new Set(this.get());
    if (chosen.has(from) && chosen.has(to)) chosen.delete(from);
    else chosen.add(from).add(to);
    this.anchor = to;
    this.choose(chosen);
  }

  all(): void {
    this.choose(this.shown.map(({ id }) => id));
  }

  clear(): void {
    this.choose([]);
  }

  private choose(ids: Iterable<string>): void {
    this.set(new Set(ids));
  }

  private between(id: string): string[] {
    const ids = this.shown.map((file) => file.id);
    const [start, end] = [ids.indexOf(this.anchor ?? id), ids.indexOf(id)];
    return start === -1 ? [id] : ids.slice(Math.min(start, end), Math.max(start, end) + 1);
  }
}
