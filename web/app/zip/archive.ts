import { makeZip, predictLength } from 'client-zip';
import { type Source, EntryError, readEntry } from './entry';
import type { ZipEntry } from './messages';
import { ReadAhead } from './read-ahead';

/** Returns the archive's length in bytes: its files are stored, not compressed. */
export function archiveLength(entries: readonly ZipEntry[]): bigint {
  return predictLength(entries.map(({ name, size }) => ({ name, size })));
}

/**
 * Returns the archive as a stream that reads each file when its turn comes, so that memory stays constant. Fails with an
 * EntryError. `onBytes` is called after each piece, with the bytes of all files so far.
 */
export function archiveStream(
  entries: readonly ZipEntry[],
  source: Source,
  onBytes: (sent: number, index: number) => void,
): ReadableStream<Uint8Array> {
  const ahead = new ReadAhead(entries, source);
  let sent = 0;
  async function* counted(index: number, size: number): AsyncGenerator<Uint8Array> {
    for await (const piece of readEntry(index, size, source, ahead.take(index))) {
      sent += piece.length;
      onBytes(sent, index);
      yield piece;
    }
  }
  function* inputs() {
    for (const [index, { name, size, modified }] of entries.entries())
      yield { name, size, lastModified: new Date(modified), input: counted(index, size) };
  }
  return makeZip(inputs());
}

export { EntryError };
