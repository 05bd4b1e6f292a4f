const MIB = 1024 * 1024;
/** Smaller parts are not measured: they show the latency, not the speed. Bytes. */
const MEASURED_FROM = MIB / 4;
/** Speed of one connection until one was measured. Bytes per millisecond. */
const ASSUMED_SPEED = 32;
/** Buffers of browser and system between page and network, which count as sent at once. Bytes. */
const BUFFERED = 2 * MIB;
/** Minimum timeouts: a proxy may scan a part before it forwards it. Milliseconds. */
const LEAST_STALL = 90_000;
const LEAST_ANSWER = 180_000;
/** Minimum size of every part but the last (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html). */
const LEAST_PART = 5 * MIB;
/** Files up to this size get parts of the minimum size, so that a pause or a reload loses little. */
const SMALL_FILE = 160 * MIB;
/** If a part of this size takes longer than PART_TIME (milliseconds), parts are as large as fit into that time. */
const COMMON_PART = 16 * MIB;
const PART_TIME = 20_000;

/** Timeouts of one part. Milliseconds. */
export interface TransferTimeouts {
  /** Between two progress events. */
  stall: number;
  /** For storage's answer after the last byte, which may still be in a buffer or a proxy. */
  answer: number;
}

/** Measures the speed of one connection, and derives timeouts and part sizes from it. */
export class ConnectionSpeed {
  /** Whether any part was stored. */
  hasStoredPart = false;
  /** Bytes per millisecond. */
  private measured: number | undefined;

  /** Returns the timeouts of a part of `bytes`: at least twice the time that it needs at the measured speed. */
  timeouts(bytes: number): TransferTimeouts {
    const twice = (amount: number) => (2 * amount) / (this.measured ?? ASSUMED_SPEED);
    return { stall: Math.max(LEAST_STALL, twice(BUFFERED)), answer: Math.max(LEAST_ANSWER, twice(bytes)) };
  }

  /** Returns the part size to request for a file, or undefined for the service's default. Bytes. */
  partSize(fileSize: number): number | undefined {
    if (fileSize <= SMALL_FILE) return LEAST_PART;
    const fitting = (this.measured ?? Infinity) * PART_TIME;
    return fitting < COMMON_PART ? Math.max(LEAST_PART, Math.round(fitting)) : undefined;
  }

  /** A part was stored, `milliseconds` after it was started. */
  partStored(bytes: number, milliseconds: number): void {
    this.hasStoredPart = true;
    if (bytes < MEASURED_FROM) return;
    const speed = bytes / Math.max(1, milliseconds);
    this.measured = this.measured === undefined ? speed : (this.measured + speed) / 2;
  }

  /** A part timed out: doubles the next timeouts. */
  timedOut(): void {
    this.measured = (this.measured ?? ASSUMED_SPEED) / 2;
  }
}
