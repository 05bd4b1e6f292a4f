import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';

/**
 * Opens the file at `path` for an upload: its bytes are read when they are sent, part by part. Reading it rejects once the
 * file was changed. Rejects with Node's error when there is no such file.
 */
export async function openFile(path: string, { type = '' }: { type?: string } = {}): Promise<File> {
  const [blob, { mtimeMs }] = await Promise.all([openAsBlob(path), stat(path)]);
  return new File([blob], basename(path), { type, lastModified: Math.trunc(mtimeMs) });
}
