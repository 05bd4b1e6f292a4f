const MIB = 1024 * 1024;
/** Parts of fewer bytes show how long answers take, not how fast the line is. */
const MEASURED_FROM = MIB / 4;
/** Bytes a millisecond of one connection, until something was measured. */
const ASSUMED_PACE = 32;
/** Bytes that browsers and systems hold between the page and the line: so many leave at once. */
const BUFFERED = 2 * MIB;
/** The least timeouts, whatever the line: a proxy may scan a part before it hands it on. Milliseconds. */
const LEAST_STALL = 90_000;
const LEAST_ANSWER = 180_000;
/** The least part but for the last (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html). */
const LEAST_PART = 5 * MIB;
/** Files up to this size have the least parts, so that a pause or a reload loses little of them. */
const SMALL_FILE = 160 * MIB;
/** A line is slow where a part of this size takes longer than this; there parts are as large as fit into that time. */
const COMMON_PART = 16 * MIB;
const PART_TIME = 20_000;

/** How long a part is waited for. Milliseconds. */
export interface TransferTimeouts {
  /** Without a byte that leaves. */
  stall: number;
  /** For storage's answer, after the last byte has left: it may still be in buffers, or with a proxy. */
  answer: number;
}

/** How fast one connection of this line is, and what follows from that for its parts. */
export class ConnectionSpeed {
  /** Whether any part has arrived. */
  hasStoredPart = false;
  /** Bytes a millisecond. */
  private measured: number | undefined;

  /** How long a part of so many bytes is waited for: never too short for the line as it was so far. */
  timeouts(bytes: number): TransferTimeouts {
    const twice = (amount: number) => (2 * amount) / (this.measured ?? ASSUMED_PACE);
    return { stall: Math.max(LEAST_STALL, twice(BUFFERED)), answer: Math.max(LEAST_ANSWER, twice(bytes)) };
  }

  /** Bytes of the parts to ask for, for a file of so many; undefined where the service may choose. */
  partSize(fileSize: number): number | undefined {
    if (fileSize <= SMALL_FILE) return LEAST_PART;
    const inTime = (this.measured ?? Infinity) * PART_TIME;
    return inTime < COMMON_PART ? Math.max(LEAST_PART, Math.round(inTime)) : undefined;
  }

  /** A part has arrived, so many milliseconds after it began. */
  arrived(bytes: number, milliseconds: number): void {
    this.hasStoredPart = true;
    if (bytes < MEASURED_FROM) return;
    const speed = bytes / Math.max(1, milliseconds);
    this.measured = this.measured === undefined ? speed : (this.measured + speed) / 2;
  }

  /** A part was not waited for long enough: the next one is given twice the time. */
  timedOut(): void {
    this.measured = (this.measured ?? ASSUMED_PACE) / 2;
  }
}
