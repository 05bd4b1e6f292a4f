import { createHash } from 'node:crypto';
import { UnreadableError } from '../api/errors';
import { hashOf } from '../hash/hash';
import type { Hasher } from '../hash/hasher';

/** Hashes piece by piece, SHA-256 and MD5 by OpenSSL; rejects with an UnreadableError when the blob cannot be read. */
export const nodeHasher: Hasher = async (blob, algorithm) => {
  try {
    if (algorithm !== 'SHA256' && algorithm !== 'MD5') return await hashOf(blob, algorithm);
    const hash = createHash(algorithm);
    for await (const piece of blob.stream()) hash.update(piece);
    return hash.digest(algorithm === 'MD5' ? 'hex' : 'base64');
  } catch (cause) {
    throw new UnreadableError({ cause });
  }
};
