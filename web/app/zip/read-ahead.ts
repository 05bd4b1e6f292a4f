import { download, type Source } from './entry';
import type { ZipEntry } from './messages';

/** Files up to this size are read before their turn. Bytes. */
export const SMALL = 1_048_576;
/** So many at once: else many small files would take as long as their requests, one after the other. */
const AT_ONCE = 6;

/** Reads the small files among the next ones in advance; memory is limited to AT_ONCE * SMALL. */
export class ReadAhead {
  private readonly reading = new Map<number, Promise<Uint8Array>>();
  private next = 0;

  constructor(
    private readonly entries: readonly ZipEntry[],
    private readonly source: Source,
  ) {}

  /** Returns the file's bytes, or none of them where reading failed; undefined for a large file. */
  take(index: number): Promise<Uint8Array> | undefined {
    this.next = Math.max(this.next, index);
    for (; this.next < Math.min(this.entries.length, index + AT_ONCE); this.next += 1) {
      const size = this.entries[this.next]?.size ?? 0;
      if (size > 0 && size <= SMALL) this.reading.set(this.next, this.read(this.next, size));
    }
    const found = this.reading.get(index);
    this.reading.delete(index);
    return found;
  }

  private async read(index: number, size: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(size);
    let offset = 0;
    try {
      for await (const piece of download(index, 0, this.source)) {
        bytes.set(piece, offset); // throws for a file that has grown
        offset += piece.length;
      }
    } catch {
      return new Uint8Array(); // at its turn it is read again, with the reason of a failure
    }
    return offset === size ? bytes : new Uint8Array();
  }
}
