import type { Clock, Random } from './clock';
import type { Network } from './network';

/** How often and how patiently something is tried again. Times are milliseconds. */
export interface RetryPolicy {
  attempts: number;
  baseDelay: number;
  maxDelay: number;
}

export interface RetryTools {
  clock: Clock;
  random: Random;
  policy: RetryPolicy;
  network: Network;
}

/** About a minute of trying on average: a cut of twenty seconds is survived. */
export const defaultRetryPolicy: RetryPolicy = { attempts: 10, baseDelay: 500, maxDelay: 15_000 };

/** Exponential backoff with full jitter: anything from nothing to the doubled delay, so that clients do not march in step. */
export function backoffDelay(attempt: number, policy: RetryPolicy, random: Random): number {
  return random() * Math.min(policy.maxDelay, policy.baseDelay * 2 ** attempt);
}

/** What an error means for another try: `false` gives up, a number is the least wait in milliseconds. */
export type RetryDecision = false | number;

/**
 * Runs `action` until it succeeds, `decide` gives up on its error, or the attempts are used up (the last error is thrown).
 * The wait is the backoff, or longer where `decide` asks for it. What failed while there was no network does not count:
 * it is done again when there is one.
 */
export async function withRetry<T>(
  action: () => Promise<T>,
  decide: (error: unknown) => RetryDecision | Promise<RetryDecision>,
  tools: RetryTools,
  signal?: AbortSignal,
): Promise<T> {
  for (let attempt = 0; ;) {
    try {
      signal?.throwIfAborted();
      return await action();
    } catch (error) {
      signal?.throwIfAborted();
      const leastWait = await decide(error);
      if (leastWait !== false && !tools.network.isOnline()) {
        await tools.network.online(signal);
        continue;
      }
      if (leastWait === false || attempt + 1 >= tools.policy.attempts) throw error;
      const wait = leastWait + backoffDelay(attempt, tools.policy, tools.random);
      attempt += 1;
      await tools.clock.sleep(wait, signal);
    }
  }
}
