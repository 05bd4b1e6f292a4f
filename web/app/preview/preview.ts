import type { Credential, FileRecord, HttpClient } from '../../client/index';
import type { FilesApi } from '../api/files';
import type { RowState } from '../file/file-state';
import harmless from './harmless.json';

export type PreviewKind = 'picture' | 'video' | 'audio' | 'text';

const KINDS = new Map(Object.entries(harmless) as [string, PreviewKind][]);
/** A link that expires sooner is replaced by a fresh one. Milliseconds. */
const MARGIN = 30_000;
/** Size of the part of a text that is shown. */
const TEXT_BYTES = 64 * 1024;

/**
 * Returns how the page can preview a file, or null. Allowed are clean files of types that contain no script: those that
 * the service serves inline, except for PDF, whose viewers run scripts.
 */
export function previewKind(file: FileRecord, state: RowState): PreviewKind | null {
  const mediaType = (file.content_type.split(';')[0] ?? '').trim().toLowerCase();
  return state === 'clean' ? (KINDS.get(mediaType) ?? null) : null;
}

/** Returns a link to the file's bytes: the list's own while it is valid, else a new one; null without one. */
export async function linkTo(
  file: FileRecord,
  { files, http }: { files: FilesApi; http: HttpClient },
  credential?: Credential,
): Promise<string | null> {
  const { download_url, download_expires_at } = file;
  const now = Date.now() + http.clockSkew;
  const isValid = download_expires_at === null || Date.parse(download_expires_at) > now + MARGIN;
  if (download_url !== null && isValid) return download_url;
  return (await files.get(file.id, credential)).download_url;
}

/** Returns the beginning of a text, and whether there is more. Throws where storage refuses it. */
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
