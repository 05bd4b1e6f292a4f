import type { Credential, FileRecord, Uploader } from '../../client/index';
import type { FilesApi } from '../api/files';
import type { RowState } from './file-state';
import harmless from './harmless.json';

export type PreviewKind = 'picture' | 'video' | 'audio' | 'text';

const KINDS = new Map(Object.entries(harmless) as [string, PreviewKind][]);
/** A link that ends sooner is not begun with. Milliseconds. */
const MARGIN = 30_000;
/** Bytes of a text that are shown. */
const TEXT_BYTES = 64 * 1024;

/**
 * How a file can be shown on the page; null where it is not to be. Only what the engine called clean, and only types that
 * hold no script: those which the service lets browsers show in place, without PDF, whose viewers run scripts.
 */
export function previewKind(file: FileRecord, state: RowState): PreviewKind | null {
  const essence = (file.content_type.split(';')[0] ?? '').trim().toLowerCase();
  return state === 'clean' ? (KINDS.get(essence) ?? null) : null;
}

/** A link to the file's bytes that is good for a while: the list's own, else a fresh one; null where there is none. */
export async function linkTo(
  file: FileRecord,
  { files, uploader }: { files: FilesApi; uploader: Uploader },
  credential?: Credential,
): Promise<string | null> {
  const { download_url, download_expires_at } = file;
  const now = Date.now() + uploader.http.clockSkew;
  const isGood = download_expires_at === null || Date.parse(download_expires_at) > now + MARGIN;
  if (download_url !== null && isGood) return download_url;
  return (await files.get(file.id, credential)).download_url;
}

/** The beginning of a text, and whether there is more. Throws where storage does not hand it out. */
export async function readText(url: string, signal: AbortSignal): Promise<{ text: string; more: boolean }> {
  const response = await fetch(url, { signal, credentials: 'omit' });
  if (!response.ok) throw new Error(`Storage answered ${response.status}.`);
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  let text = '';
  for (let bytes = 0; reader && bytes < TEXT_BYTES;) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode(), more: false };
    text += decoder.decode(value.subarray(0, TEXT_BYTES - bytes), { stream: true });
    bytes += value.length;
  }
  await reader?.cancel();
  return { text, more: true };
}
