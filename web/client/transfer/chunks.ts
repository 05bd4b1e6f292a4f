/** How a file is split into chunks. Indexes start at 0; every chunk but the last has `chunkSize` bytes. */
export interface ChunkPlan {
  size: number;
  chunkSize: number;
  totalChunks: number;
}

/** An empty file has one empty chunk. */
export function planChunks(size: number, chunkSize: number): ChunkPlan {
  return { size, chunkSize, totalChunks: Math.max(1, Math.ceil(size / chunkSize)) };
}

export function chunkRange(plan: ChunkPlan, chunkIndex: number): { start: number; end: number } {
  const start = chunkIndex * plan.chunkSize;
  return { start, end: Math.min(plan.size, start + plan.chunkSize) };
}

export function chunkBytes(plan: ChunkPlan, chunkIndex: number): number {
  const { start, end } = chunkRange(plan, chunkIndex);
  return end - start;
}

/** Returns a chunk as a Blob without a type, so that the browser sends no Content-Type: the URL does not sign one. */
export function sliceChunk(file: Blob, plan: ChunkPlan, chunkIndex: number): Blob {
  const { start, end } = chunkRange(plan, chunkIndex);
  return file.slice(start, end);
}

export function allChunks(plan: ChunkPlan): number[] {
  return Array.from({ length: plan.totalChunks }, (_, index) => index);
}
