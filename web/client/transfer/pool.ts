/**
 * Runs `work` on every item in order, at most `slots` at a time. The first failure aborts the signal of the others and is
 * thrown once they have ended; so is an abort of `signal`.
 */
export async function runPool<T>(
  items: readonly T[],
  slots: number,
  work: (item: T, signal: AbortSignal) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const failure = new AbortController();
  const either = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
  const waiting = items[Symbol.iterator]();
  const runSlot = async () => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) {
      either.throwIfAborted();
      await work(next.value, either);
    }
  };
  const guarded = () =>
    runSlot().catch((error: unknown) => {
      failure.abort(error);
    });
  await Promise.all(Array.from({ length: Math.min(slots, items.length) }, guarded));
  signal?.throwIfAborted();
  failure.signal.throwIfAborted();
}
