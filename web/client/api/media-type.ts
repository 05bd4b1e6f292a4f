// RFC 9110, sections 5.6.2, 5.6.4 and 8.3.1.
const TOKEN = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";
const ESSENCE = new RegExp(`^\\s*(${TOKEN}/${TOKEN})\\s*(?:;|$)`);
const PARAMETER = new RegExp(`;\\s*(${TOKEN})=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;"]*))`, 'g');
const IS_TOKEN = new RegExp(`^${TOKEN}$`);
/** The service's limit. Characters. */
const MAX_LENGTH = 255;
export const OPAQUE = 'application/octet-stream';

/**
 * Returns a valid HTTP media type. Browsers also report invalid ones, such as `video/webm;codecs=vp8,opus` or `foo`. Quotes
 * parameters whose value is no token, leaves out those that cannot be quoted, and returns OPAQUE for anything else.
 */
export function mediaType(given: string): string {
  const essence = ESSENCE.exec(given)?.[1];
  if (essence === undefined || essence.length > MAX_LENGTH) return OPAQUE;
  let type = essence.toLowerCase();
  for (const [, name = '', quoted, plain] of given.matchAll(PARAMETER)) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain?.trim() ?? '';
    const longer = `${type};${name.toLowerCase()}=${asValue(value)}`;
    if (/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/.test(value) && longer.length <= MAX_LENGTH) type = longer;
  }
  return type;
}

const asValue = (value: string): string => (IS_TOKEN.test(value) ? value : `"${value}"`);
