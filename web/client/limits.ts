import { raced } from './gate';

/**
 * What `work` returns, unless `milliseconds` pass first: then the signal that it was given aborts, and a TimeoutError is
 * thrown. `work` need not obey the signal. Throws the reason of `signal` when that aborts first.
 */
export async function inTime<T>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal | null,
): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(
    () => limit.abort(new DOMException('There was no answer in time.', 'TimeoutError')),
    milliseconds,
  );
  const either = signal ? AbortSignal.any([signal, limit.signal]) : limit.signal;
  try {
    either.throwIfAborted();
    return await raced(work(either), either);
  } finally {
    clearTimeout(timer);
  }
}

/** Milliseconds that a helper may take for an answer. */
const PATIENCE = 1_500;

/** Asks a helper that uploads can do without; `otherwise` stands for an answer that fails or does not come. */
export type AskHelper = <T>(question: () => Promise<T>, otherwise: T) => Promise<T>;

/**
 * For one helper (the browser's storage, its locks): every question is put to it, and waited for only as long as it
 * answers. After one that it left unanswered nothing waits for it, until it answers again.
 */
export function optionalHelper(): AskHelper {
  let isSilent = false;
  return async (question, otherwise) => {
    const answer = Promise.resolve().then(question);
    answer.then(
      () => (isSilent = false),
      () => undefined,
    );
    if (isSilent) return otherwise;
    try {
      return await inTime(PATIENCE, () => answer);
    } catch (error) {
      isSilent = error instanceof DOMException && error.name === 'TimeoutError';
      return otherwise;
    }
  };
}
