import { type ChunkPlan, sliceChunk } from './chunks';
import { UnreadableError } from '../api/errors';

/** Where the bytes of an upload come from. */
export interface Source {
  /** Returns the bytes of a chunk; a retry asks for them again. */
  chunk(plan: ChunkPlan, chunkIndex: number): Blob;
  /** Throws an UnreadableError if the source was changed or deleted: that fails like a lost connection. */
  assertReadable(): Promise<void>;
}

/** A file: its first and last byte show whether it can still be read. */
export const fileSource = (file: Blob): Source => ({
  chunk: (plan, chunkIndex) => sliceChunk(file, plan, chunkIndex),
  assertReadable: async () => {
    const ends = [file.slice(0, 1), file.slice(Math.max(0, file.size - 1))];
    const read = await Promise.all(ends.map((end) => end.arrayBuffer())).catch((cause: unknown) => {
      throw new UnreadableError({ cause });
    });
    if (file.size > 0 && read.some(({ byteLength }) => byteLength === 0)) throw new UnreadableError();
  },
});
