import type { Credential, FileRecord } from '../../client/index';
import type { FilesApi } from '../api/files';

/**
 * Saves a file by a fresh link. Returns null, or the file as it is now where its state allows no link. Throws what the API
 * throws.
 */
export async function download(
  files: FilesApi,
  { id }: FileRecord,
  credential?: Credential,
): Promise<FileRecord | null> {
  const url = await files.attachment(id, credential);
  if (url === null) return files.get(id, credential);
  follow(url);
  return null;
}

/** As a click on a download link: the page stays, and with it the uploads under way. */
function follow(url: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  link.rel = 'noopener noreferrer';
  document.body.append(link);
  link.click();
  link.remove();
}
