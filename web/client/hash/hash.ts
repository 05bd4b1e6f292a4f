import { crc32, crc32c, crc64nvme, type Crc } from './crc';
import { md5 } from './md5';

/** What S3 can hold a part to. */
export type ChecksumAlgorithm = 'SHA256' | 'CRC32' | 'CRC32C' | 'CRC64NVME';
/** MD5 is only for comparing with ETags. */
export type HashAlgorithm = ChecksumAlgorithm | 'MD5';

const CRCS = { CRC32: crc32, CRC32C: crc32c, CRC64NVME: crc64nvme };

/**
 * The hash of a blob: base64 as S3's checksum headers want it, MD5 in hexadecimal as ETags have it. Rejects where the
 * blob cannot be read, and for SHA256 on a page that is not a secure context (there is no WebCrypto).
 */
export async function hashOf(blob: Blob, algorithm: HashAlgorithm): Promise<string> {
  switch (algorithm) {
    case 'SHA256':
      return base64(new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer())));
    case 'MD5':
      return hexadecimal(md5(new Uint8Array(await blob.arrayBuffer())));
    default:
      return base64(await crcOf(blob, CRCS[algorithm]()));
  }
}

async function crcOf(blob: Blob, crc: Crc): Promise<Uint8Array> {
  const reader = blob.stream().getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) crc.update(read.value);
  return crc.digest();
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
