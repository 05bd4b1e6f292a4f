/** Readers of blobs: Chromium collects a stream that nothing refers to while it waits for bytes, and its read never ends. */
const reading = new Set<ReadableStreamBYOBReader>();

/** The last buffer, while it is not collected: a new one for each part would fill the memory until the next collection. */
let spare: WeakRef<ArrayBuffer> | undefined;

/**
 * Calls `use` with all bytes of a blob, and returns its result. The bytes are valid until then. Rejects when the blob
 * cannot be read.
 */
export async function withBytes<T>(
  blob: Blob,
  use: (bytes: Uint8Array<ArrayBuffer>) => T | Promise<T>,
): Promise<T> {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = blob.stream().getReader({ mode: 'byob' });
  } catch {
    return use(new Uint8Array(await blob.arrayBuffer())); // Safari's streams do not fill a given buffer
  }
  reading.add(reader);
  try {
    const bytes = await fill(takeBuffer(blob.size), blob.size, reader);
    const result = await use(bytes);
    spare = new WeakRef(bytes.buffer);
    return result;
  } finally {
    reading.delete(reader);
    reader.cancel().catch(() => undefined);
  }
}

/** Returns the spare buffer if it is large enough; in use by another call it is detached, and has no bytes. */
function takeBuffer(size: number): ArrayBuffer {
  const buffer = spare?.deref();
  return buffer && buffer.byteLength >= size ? buffer : new ArrayBuffer(size);
}

/** Each read detaches the buffer, and returns its memory as a new one. */
async function fill(
  buffer: ArrayBuffer,
  size: number,
  reader: ReadableStreamBYOBReader,
): Promise<Uint8Array<ArrayBuffer>> {
  let length = 0;
  while (length < size) {
    const { done, value } = await reader.read(new Uint8Array(buffer, length, size - length));
    if (done) throw new Error('too short');
    buffer = value.buffer;
    length += value.length;
  }
  return new Uint8Array(buffer, 0, size);
}
