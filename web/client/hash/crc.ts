/** The CRCs that S3 supports, reflected, with one table lookup per byte; https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */

export interface Crc {
  update(bytes: Uint8Array): void;
  /** Big-endian, as S3 expects it. */
  digest(): Uint8Array;
}

/** 32 bits: `polynomial` is reflected. */
class Crc32 implements Crc {
  private value = -1;

  constructor(private readonly table: Int32Array) {}

  update(bytes: Uint8Array): void {
    const { table } = this;
    let value = this.value;
    for (const byte of bytes) value = (value >>> 8) ^ (table[(value ^ byte) & 255] ?? 0);
    this.value = value;
  }

  digest(): Uint8Array {
    const out = new Uint8Array(4);
    new DataView(out.buffer).setInt32(0, ~this.value);
    return out;
  }
}

/** 64 bits in two halves: BigInt is fifty times slower. */
class Crc64 implements Crc {
  private high = -1;
  private low = -1;

  constructor(private readonly table: Int32Array) {}

  update(bytes: Uint8Array): void {
    const { table } = this;
    let { high, low } = this;
    for (const byte of bytes) {
      const at = ((low ^ byte) & 255) * 2;
      low = ((low >>> 8) | (high << 24)) ^ (table[at + 1] ?? 0);
      high = (high >>> 8) ^ (table[at] ?? 0);
    }
    this.high = high;
    this.low = low;
  }

  digest(): Uint8Array {
    const out = new Uint8Array(8);
    const view = new DataView(out.buffer);
    view.setInt32(0, ~this.high);
    view.setInt32(4, ~this.low);
    return out;
  }
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

export const crc32 = (): Crc => new Crc32(tableOf(0xedb88320n, 1));
export const crc32c = (): Crc => new Crc32(tableOf(0x82f63b78n, 1));
export const crc64nvme = (): Crc => new Crc64(tableOf(0x9a6c9329ac4bc9b5n, 2));
