import { saveLink } from '../../shared/state/save-link';
import type { Credential, FileRecord } from '../../client/index';
import type { FilesApi } from '../api/files';

/**
 * Saves a file by a fresh link. Returns null, or the file's current record where its state allows no link. Throws the
 * errors of the API; `onProblem` gets the text of what fails later, at storage.
 */
export async function download(
  files: FilesApi,
  { id }: FileRecord,
  onProblem: (text: string) => void,
  credential?: Credential,
): Promise<FileRecord | null> {
  const url = await files.attachmentUrl(id, credential);
  if (url === null) return files.get(id, credential);
  saveLink(url, onProblem);
  return null;
}
