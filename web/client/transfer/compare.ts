import { type ChunkPlan, sliceChunk } from './chunks';
import type { HashAlgorithm } from '../hash/hash';
import type { Hasher } from '../hash/hasher';
import type { ResumeReply, StoredChunk } from '../api/types';

/** How the stored chunks of an upload compare with a file. */
export interface Comparison {
  /** Chunks with the same bytes as the file. */
  same: number[];
  /** Chunks with different bytes. */
  other: number[];
  /** Chunks that cannot be compared: storage reports neither a checksum nor an MD5. */
  unknown: number[];
}

/**
 * Compares the stored chunks with the file: by their checksum, else by their ETag, which is the MD5 on stores without
 * server-side encryption. Awaits `beforeEach` before each chunk and calls `onCompared` after it.
 */
export async function compareStored(
  file: Blob,
  plan: ChunkPlan,
  { uploaded, checksum_algorithm }: ResumeReply,
  hasher: Hasher,
  onCompared: (chunkIndex: number, result: keyof Comparison) => void,
  beforeEach: () => Promise<void>,
): Promise<Comparison> {
  const comparison: Comparison = { same: [], other: [], unknown: [] };
  for (const stored of uploaded) {
    await beforeEach();
    const bytes = sliceChunk(file, plan, stored.chunk_index);
    const result = await compareOne(bytes, stored, checksum_algorithm, hasher);
    comparison[result].push(stored.chunk_index);
    onCompared(stored.chunk_index, result);
  }
  return comparison;
}

/** Compares one stored chunk with the bytes of the file. */
export async function compareOne(
  bytes: Blob,
  stored: StoredChunk,
  algorithm: ResumeReply['checksum_algorithm'],
  hasher: Hasher,
): Promise<keyof Comparison> {
  if (stored.size !== bytes.size) return 'other';
  const known = knownHash(stored, algorithm);
  if (!known) return 'unknown';
  const hash = await hasher(bytes, known.algorithm);
  return hash === known.hash ? 'same' : 'other';
}

function knownHash(
  { checksum, etag }: StoredChunk,
  algorithm: ResumeReply['checksum_algorithm'],
): { algorithm: HashAlgorithm; hash: string } | null {
  if (checksum && algorithm) return { algorithm, hash: checksum };
  const md5 = /^"?([0-9a-f]{32})"?$/i.exec(etag)?.[1];
  return md5 ? { algorithm: 'MD5', hash: md5.toLowerCase() } : null;
}
