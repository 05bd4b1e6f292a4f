import type { Credential, FileRecord } from '../../client/index';
import type { BulkFailure } from './bulk';

/** Requests at the same time. */
const AT_ONCE = 4;

/** Calls the function for each file, some at a time; returns the failures in the order of the files. */
export async function forEachFile(
  files: readonly FileRecord[],
  call: (file: FileRecord) => Promise<unknown>,
): Promise<BulkFailure[]> {
  const failures = new Map<FileRecord, unknown>();
  const queue = files.values();
  const work = async () => {
    for (const file of queue) await call(file).catch((error: unknown) => failures.set(file, error));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return files.filter((file) => failures.has(file)).map((file) => ({ file, error: failures.get(file) }));
}

/** The credential, if the file is private. */
export const given = ({ is_private }: FileRecord, credential?: Credential): Credential | undefined =>
  is_private ? credential : undefined;
