import type { Clock, Random } from './clock';
import type { Network } from './network';

/** How often a call is tried, and the waits in between. Milliseconds. */
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
  /** Called after a failure, before the wait for the next try: for the network, or a pause. */
  onWait?: ((why: 'offline' | 'retrying') => void) | undefined;
}

/** About a minute of tries on average, which survives an outage of twenty seconds. */
export const defaultRetryPolicy: RetryPolicy = { attempts: 10, baseDelay: 500, maxDelay: 15_000 };

/** Exponential backoff with full jitter (0 to the doubled delay), so that clients do not retry at the same time. */
export function backoffDelay(attempt: number, policy: RetryPolicy, random: Random): number {
  return random() * Math.min(policy.maxDelay, policy.baseDelay * 2 ** attempt);
}

/** Whether to retry after an error: `false`, or the least wait in milliseconds. */
export type RetryDecision = false | number;

/**
 * Runs `action` until it succeeds, `decide` returns false, or all attempts have failed; then throws the last error. Waits
 * for the result of `decide` plus the backoff. Failures without a network do not count: the next try waits for the network.
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
        tools.onWait?.('offline');
        await tools.network.online(signal);
        continue;
      }
      if (leastWait === false || attempt + 1 >= tools.policy.attempts) throw error;
      const wait = leastWait + backoffDelay(attempt, tools.policy, tools.random);
      attempt += 1;
      tools.onWait?.('retrying');
      await tools.clock.sleep(wait, signal);
    }
  }
}
