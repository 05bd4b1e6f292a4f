/** The CRCs that S3 supports, reflected, with one table lookup per byte; https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */

/** Returns the CRC of bytes, big-endian as S3 expects it. */
type Crc = (bytes: Uint8Array) => Uint8Array;

/** 32 bits. */
function crc32Of(bytes: Uint8Array, table: Int32Array): Uint8Array {
  let value = -1;
  for (const byte of bytes) value = (value >>> 8) ^ (table[(value ^ byte) & 255] ?? 0);
  return bigEndian(~value);
}

/** 64 bits in two halves: BigInt is fifty times slower. */
function crc64Of(bytes: Uint8Array, table: Int32Array): Uint8Array {
  let high = -1;
  let low = -1;
  for (const byte of bytes) {
    const at = ((low ^ byte) & 255) * 2;
    low = ((low >>> 8) | (high << 24)) ^ (table[at + 1] ?? 0);
    high = (high >>> 8) ^ (table[at] ?? 0);
  }
  return bigEndian(~high, ~low);
}

function bigEndian(...words: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(words.length * 4));
  words.forEach((word, at) => view.setInt32(at * 4, word));
  return new Uint8Array(view.buffer);
}

const tables = new Map<bigint, Int32Array>();

/** Returns the CRCs of all bytes: 256 numbers, or 256 pairs of halves for a 64-bit polynomial. */
function tableOf(polynomial: bigint, halves: 1 | 2): Int32Array {
  const known = tables.get(polynomial);
  if (known) return known;
  const table = new Int32Array(256 * halves);
  for (let byte = 0; byte < 256; byte += 1) {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n;
    if (halves === 2) table[byte * 2] = Number(value >> 32n) | 0;
    table[byte * halves + halves - 1] = Number(value & 0xffffffffn) | 0;
  }
  tables.set(polynomial, table);
  return table;
}

export const crc32: Crc = (bytes) => crc32Of(bytes, tableOf(0xedb88320n, 1));
export const crc32c: Crc = (bytes) => crc32Of(bytes, tableOf(0x82f63b78n, 1));
export const crc64nvme: Crc = (bytes) => crc64Of(bytes, tableOf(0x9a6c9329ac4bc9b5n, 2));
