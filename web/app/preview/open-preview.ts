import type { Credential, FileRecord } from '../../client/index';
import { Store } from '../../shared/state/store';
import type { PreviewKind } from './preview';

/** A file that the list shows with a preview; `button` opens it. */
export interface PreviewItem {
  file: FileRecord;
  kind: PreviewKind;
  button: HTMLElement;
}

/** The file whose preview is shown, and the credential of a private one, in memory only. */
export interface ShownPreview {
  file: FileRecord;
  kind: PreviewKind;
  credential?: Credential | undefined;
}

/** The files before and after the shown one; its place among them counts from 1. */
export interface PreviewPlace {
  previous: PreviewItem | undefined;
  next: PreviewItem | undefined;
  place: number;
  count: number;
}

/**
 * The preview that is shown; null while it is closed. It leads through the files of the list in the order of their rows,
 * except for private ones: each of those needs its own password.
 */
export class OpenPreview extends Store<ShownPreview | null> {
  private readonly items = new Map<string, PreviewItem>();
  /** Changes with the rows: `place()` has then another answer. */
  readonly rows = new Store(0);

  constructor() {
    super(null);
  }

  /** Adds the file of a row; returns the function that removes it. */
  add(item: PreviewItem): () => void {
    this.items.set(item.file.id, item);
    this.rowsChanged();
    return () => {
      if (this.items.get(item.file.id) !== item) return;
      this.items.delete(item.file.id);
      this.rowsChanged();
    };
  }

  place(): PreviewPlace {
    const shown = this.get()?.file.id;
    const files = [...this.items.values()]
      .filter(({ file }) => !file.is_private || file.id === shown)
      .sort((a, b) => (isBefore(a.button, b.button) ? -1 : 1));
    const at = files.findIndex(({ file }) => file.id === shown);
    // a file without a row, as after another search, has no neighbours
    if (at < 0) return { previous: undefined, next: undefined, place: 1, count: 1 };
    return { previous: files[at - 1], next: files[at + 1], place: at + 1, count: files.length };
  }

  private rowsChanged(): void {
    this.rows.set(this.rows.get() + 1);
  }

  /** Closes the preview, and focuses the row of its file. */
  close(): void {
    const button = this.items.get(this.get()?.file.id ?? '')?.button;
    this.set(null);
    button?.focus();
  }
}

const isBefore = (a: Node, b: Node): boolean =>
  (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
