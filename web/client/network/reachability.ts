/** Whether a server answers at all. */
export type IsReachable = (url: string) => Promise<boolean>;

/** Checks whether the server is reachable after this many failures in a row, and needs this many confirmations. */
const FAILURES = 3;
const CONFIRMATIONS = 2;

/** Milliseconds. */
const TIMEOUT = 5_000;

/**
 * Sends a request that needs no CORS headers (`no-cors`: https://fetch.spec.whatwg.org/#concept-request-mode). For other
 * requests browsers hide whether CORS blocked them or the server is down.
 */
export const browserIsReachable: IsReachable = async (url) => {
  try {
    const signal = AbortSignal.timeout(TIMEOUT);
    await fetch(url, { mode: 'no-cors', cache: 'no-store', credentials: 'omit', redirect: 'manual', signal });
    return true;
  } catch {
    return false;
  }
};

/** Detects servers that refuse the page's origin, by failures in a row while the server is reachable. */
export class OriginRefusalDetector {
  private failures = 0;
  private confirmed = 0;

  constructor(private readonly isReachable: IsReachable) {}

  /** Counts a failure; true once the server at `url` is known to refuse the origin. Null: the failure has another cause. */
  async isRefused(url: string | null): Promise<boolean> {
    this.failures = url === null ? 0 : this.failures + 1;
    if (url === null || this.failures < FAILURES) return false;
    this.confirmed = (await this.isReachable(url)) ? this.confirmed + 1 : 0;
    return this.confirmed >= CONFIRMATIONS;
  }
}
