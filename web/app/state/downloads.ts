import type { Credential, FileRecord } from '../../client/index';
import type { FilesApi } from '../api/files';

/**
 * Asks for a fresh link and follows it. Returns the file as it is now, without a link where its state allows none. Throws
 * what the API throws.
 */
export async function download(
  files: FilesApi,
  file: FileRecord,
  credential?: Credential,
): Promise<FileRecord> {
  const fresh = await files.get(file.id, credential);
  if (fresh.download_url !== null) follow(fresh.download_url, isShownInPlace(file.content_type));
  return fresh;
}

/** What a browser may show instead of saving it; which of these storage hands out so is the service's decision. */
const isShownInPlace = (contentType: string): boolean =>
  /^(image|video|audio|text)\/|pdf|xml|html/.test(contentType);

/** As a click on a download link: the page stays, and with it the uploads under way. */
function follow(url: string, inNewTab: boolean): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  if (inNewTab) link.target = '_blank';
  link.rel = 'noopener noreferrer';
  document.body.append(link);
  link.click();
  link.remove();
}
