/** A Readable of Node.js, a web stream, or an async generator. */
export type ByteStream = AsyncIterable<Uint8Array | string> | ReadableStream<Uint8Array>;

/** Reads a stream in parts of the same size; the last one may be smaller. */
export class PartReader {
  private readonly pieces: AsyncIterator<Uint8Array | string>;
  private rest: Uint8Array<ArrayBuffer> = new Uint8Array();
  private hasEnded = false;

  constructor(private readonly stream: ByteStream) {
    this.pieces = (stream as AsyncIterable<Uint8Array | string>)[Symbol.asyncIterator]();
  }

  /** Returns the next `partSize` bytes, less at the end, and then none. */
  async next(partSize: number): Promise<Blob> {
    const taken: Uint8Array<ArrayBuffer>[] = [];
    for (let missing = partSize; missing > 0;) {
      if (this.rest.length === 0 && !(await this.fetch())) break;
      const piece = this.rest.subarray(0, missing);
      this.rest = this.rest.subarray(piece.length);
      taken.push(piece);
      missing -= piece.length;
    }
    return new Blob(taken);
  }

  /** Ends the stream's source. */
  stop(): void {
    if ('destroy' in this.stream) (this.stream as { destroy(): void }).destroy();
    else this.pieces.return?.().catch(() => undefined);
  }

  /** Fetches the next piece, which may be empty; false at the end. */
  private async fetch(): Promise<boolean> {
    if (this.hasEnded) return false;
    const next = await this.pieces.next();
    this.hasEnded = next.done === true;
    if (next.done) return false;
    const { value } = next;
    this.rest =
      typeof value === 'string' ? new TextEncoder().encode(value) : (value as Uint8Array<ArrayBuffer>);
    return true;
  }
}
