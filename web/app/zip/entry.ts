import type { ZipFailure } from './messages';

/** A file that could not be read to its end. */
export class EntryError extends Error {
  constructor(
    readonly index: number,
    readonly why: ZipFailure,
  ) {
    super(why);
  }
}

/** Where the bytes of the files come from. */
export interface Source {
  /** Returns a fresh link to a file's bytes, null for a file that cannot be downloaded any more; rejects while the service is unreachable. */
  linkTo: (index: number) => Promise<string | null>;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  sleep: (milliseconds: number) => Promise<void>;
  signal: AbortSignal;
}

/** The waits before further tries. The first piece that arrives resets them. Milliseconds. */
const WAITS = [1_000, 2_000, 4_000, 8_000, 15_000];

/**
 * Yields the bytes of a file, exactly `size`: first those of `beginning`. A
 * download that breaks off continues there with a fresh link. Fails with an EntryError.
 */
export async function* readEntry(
  index: number,
  size: number,
  source: Source,
  beginning: Promise<Uint8Array> | undefined,
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  let failures = 0;
  const read = await beginning;
  if (read && read.length > 0) {
    offset = read.length;
    yield read;
  }
  while (offset < size) {
    try {
      for await (const piece of download(index, offset, source)) {
        offset += piece.length;
        failures = 0;
        if (offset > size) throw new EntryError(index, 'changed');
        yield piece;
      }
      if (offset < size) throw new TypeError('The download broke off.');
    } catch (error) {
      source.signal.throwIfAborted();
      const wait = WAITS[failures];
      failures += 1;
      if (error instanceof EntryError) throw error;
      if (wait === undefined) throw new EntryError(index, 'unreachable');
      await source.sleep(wait);
    }
  }
}

/** Yields the bytes of a file from `offset` on. */
export async function* download(index: number, offset: number, source: Source): AsyncGenerator<Uint8Array> {
  const response = await open(index, offset, source);
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // ends the request if the reader stopped early
    await reader.cancel().catch(() => undefined);
  }
}

async function open(index: number, offset: number, { linkTo, fetch, signal }: Source): Promise<Response> {
  const url = await linkTo(index);
  if (url === null) throw new EntryError(index, 'gone');
  const response = await fetch(url, {
    signal,
    // without a header the browser sends no preflight
    ...(offset > 0 && { headers: { Range: `bytes=${offset}-` } }),
    credentials: 'omit',
    cache: 'no-store',
    referrerPolicy: 'no-referrer',
  });
  // a proxy's 404 does not mean that the object is gone
  if (response.status === 404 && (await response.text()).includes('<Code>NoSuchKey</Code>'))
    throw new EntryError(index, 'gone');
  if (response.status !== (offset > 0 ? 206 : 200))
    throw new TypeError(`Storage answered ${response.status}.`);
  return response;
}
