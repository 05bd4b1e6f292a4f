import { ApiError, type Credential, credentialHeader, type HttpClient } from '../../client/index';

/** Error codes of files whose state allows no link. */
const NOT_DOWNLOADABLE = new Set(['file_not_ready', 'file_gone']);

/** Returns a fresh link that browsers save instead of showing; null where the file's state allows none. */
export async function attachmentUrl(
  http: HttpClient,
  id: string,
  credential?: Credential,
): Promise<string | null> {
  const path = `/api/v1/file/content/${id}?disposition=attachment`;
  const call = { headers: credentialHeader(credential), repeat: 'once' as const };
  try {
    return (await http.call<{ url: string }>(path, call)).url;
  } catch (error) {
    if (error instanceof ApiError && NOT_DOWNLOADABLE.has(error.code)) return null;
    throw error;
  }
}
