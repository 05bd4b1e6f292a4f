import { readFile, rename, writeFile } from 'node:fs/promises';
import type { RememberedUpload, UploadMemory } from '../memory/memory';

/**
 * Stores open uploads in a JSON file, so that a process resumes those of the one before. Each running process needs its own
 * file. A file that does not exist is empty; it is replaced as a whole, so that a crash leaves the old or the new one.
 */
export function fileMemory(path: string): UploadMemory {
  let last: Promise<unknown> = Promise.resolve();
  const change = (next: (uploads: RememberedUpload[]) => RememberedUpload[]): Promise<void> => {
    const changed = last.then(async () => {
      await writeFile(`${path}.new`, JSON.stringify(next(await read(path))));
      await rename(`${path}.new`, path);
    });
    last = changed.catch(() => undefined);
    return changed;
  };
  const without = (uploads: RememberedUpload[], upload_id: string) =>
    uploads.filter((each) => each.upload_id !== upload_id);
  return {
    all: () => last.then(() => read(path)),
    remember: (upload) => change((uploads) => [...without(uploads, upload.upload_id), upload]),
    forget: (upload_id) => change((uploads) => without(uploads, upload_id)),
  };
}

async function read(path: string): Promise<RememberedUpload[]> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as RememberedUpload[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
