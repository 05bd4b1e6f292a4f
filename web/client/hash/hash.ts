import type { ChecksumAlgorithm } from '../api/types';
import { withBytes } from './bytes';
import { crc32, crc32c, crc64nvme } from './crc';
import { md5 } from './md5';

/** MD5 is only for comparing with ETags. */
export type HashAlgorithm = ChecksumAlgorithm | 'MD5';

const CRCS = { CRC32: crc32, CRC32C: crc32c, CRC64NVME: crc64nvme };

/**
 * Returns the hash of a blob: base64 as in S3's checksum headers, MD5 in hexadecimal as in ETags. Rejects when the blob
 * cannot be read, and for SHA256 outside of secure contexts (no WebCrypto).
 */
export async function hashOf(blob: Blob, algorithm: HashAlgorithm): Promise<string> {
  switch (algorithm) {
    case 'SHA256':
      return base64(new Uint8Array(await withBytes(blob, (bytes) => crypto.subtle.digest('SHA-256', bytes))));
    case 'MD5':
      return hexadecimal(await withBytes(blob, md5));
    default:
      return base64(await withBytes(blob, CRCS[algorithm]));
  }
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
