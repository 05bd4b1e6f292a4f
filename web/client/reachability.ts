/** Whether a server is there at all. */
export type IsReachable = (url: string) => Promise<boolean>;

/** From so many failures in a row on it is asked whether the server is there, and so often it has to be. */
const SUSPICIOUS = 3;
const CONFIRMED = 2;

/** Milliseconds. */
const LIMIT = 5_000;

/**
 * Asks in a way that needs nobody's leave (`no-cors`: https://fetch.spec.whatwg.org/#concept-request-mode). A browser does
 * not say whether a call failed because a server forbids it to this page or because there is none.
 */
export const browserIsReachable: IsReachable = async (url) => {
  try {
    const signal = AbortSignal.timeout(LIMIT);
    await fetch(url, { mode: 'no-cors', cache: 'no-store', credentials: 'omit', redirect: 'manual', signal });
    return true;
  } catch {
    return false;
  }
};

/** Counts failures in a row that may be a server's refusal of the page's origin. */
export class OriginRefusalDetector {
  private failures = 0;
  private confirmed = 0;

  constructor(private readonly isReachable: IsReachable) {}

  /** Whether it is one by now. `url`: the server that has failed in such a way; null: it has failed in another. */
  async isRefused(url: string | null): Promise<boolean> {
    this.failures = url === null ? 0 : this.failures + 1;
    if (url === null || this.failures < SUSPICIOUS) return false;
    this.confirmed = (await this.isReachable(url)) ? this.confirmed + 1 : 0;
    return this.confirmed >= CONFIRMED;
  }
}
