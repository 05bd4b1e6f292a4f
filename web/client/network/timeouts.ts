/** Settles like `promise`, or rejects with the signal's reason if that aborts first. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/**
 * Returns the result of `work`. After `milliseconds` it aborts the signal that `work` received and throws a TimeoutError,
 * even if `work` ignores the signal. Throws the reason of `signal` if that aborts first.
 */
export async function withTimeout<T>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal | null,
): Promise<T> {
  const timeout = new AbortController();
  const timer = setTimeout(
    () => timeout.abort(new DOMException('There was no answer in time.', 'TimeoutError')),
    milliseconds,
  );
  const either = signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal;
  try {
    either.throwIfAborted();
    return await abortable(work(either), either);
  } finally {
    clearTimeout(timer);
  }
}

/** How long an optional helper may take to answer. Milliseconds. */
const HELPER_TIMEOUT = 1_500;

/** Asks an optional helper; returns `fallback` when the helper fails or does not answer. */
export type AskHelper = <T>(question: () => Promise<T>, fallback: T) => Promise<T>;

/**
 * Returns the function that asks one optional helper, such as the browser's storage or its locks. After a question without
 * an answer, later ones return their fallback at once, until the helper answers again.
 */
export function optionalHelper(): AskHelper {
  let isSilent = false;
  return async (question, fallback) => {
    const answer = Promise.resolve().then(question);
    answer.then(
      () => (isSilent = false),
      () => undefined,
    );
    if (isSilent) return fallback;
    try {
      return await withTimeout(HELPER_TIMEOUT, () => answer);
    } catch (error) {
      isSilent = error instanceof DOMException && error.name === 'TimeoutError';
      return fallback;
    }
  };
}
