/** Whether a server is there at all. */
export type Reaches = (url: string) => Promise<boolean>;

/** So many failures in a row, each while the server is there, are a refusal of the page's origin and no accident. */
export const MOST_REFUSALS = 3;

/** Milliseconds. */
const LIMIT = 5_000;

/**
 * Asks in a way that needs nobody's leave (`no-cors`: https://fetch.spec.whatwg.org/#concept-request-mode). A browser does
 * not say whether a call failed because a server forbids it to this page or because there is none.
 */
export const browserReaches: Reaches = async (url) => {
  try {
    const signal = AbortSignal.timeout(LIMIT);
    await fetch(url, { mode: 'no-cors', cache: 'no-store', credentials: 'omit', redirect: 'manual', signal });
    return true;
  } catch {
    return false;
  }
};
