/** The CRCs that S3 supports, reflected, with one table lookup per byte; https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */

export interface Crc {
  update(bytes: Uint8Array): void;
  /** Big-endian, as S3 expects it. */
  digest(): Uint8Array;
}

/** 32 bits. */
function crc32Of(table: Int32Array): Crc {
  let value = -1;
  return {
    update(bytes) {
      // a local variable is faster than one of the closure
      let next = value;
      for (const byte of bytes) next = (next >>> 8) ^ (table[(next ^ byte) & 255] ?? 0);
      value = next;
    },
    digest: () => bigEndian(~value),
  };
}

/** 64 bits in two halves: BigInt is fifty times slower. */
function crc64Of(table: Int32Array): Crc {
  let [high, low] = [-1, -1];
  return {
    update(bytes) {
      let [nextHigh, nextLow] = [high, low];
      for (const byte of bytes) {
        const at = ((nextLow ^ byte) & 255) * 2;
        nextLow = ((nextLow >>> 8) | (nextHigh << 24)) ^ (table[at + 1] ?? 0);
        nextHigh = (nextHigh >>> 8) ^ (table[at] ?? 0);
      }
      [high, low] = [nextHigh, nextLow];
    },
    digest: () => bigEndian(~high, ~low),
  };
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

export const crc32 = (): Crc => crc32Of(tableOf(0xedb88320n, 1));
export const crc32c = (): Crc => crc32Of(tableOf(0x82f63b78n, 1));
export const crc64nvme = (): Crc => crc64Of(tableOf(0x9a6c9329ac4bc9b5n, 2));
