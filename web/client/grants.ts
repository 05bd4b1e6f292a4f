/**
 * Signs upload grants in a backend, without a call to the service: `import { signGrant } from '@longshore/client/grants'`.
 * Runs where Web Crypto does (Node 20, Deno, Bun, workers). Never in a page: it needs the service's JWT_SECRET.
 */

export interface GrantOptions {
  /** Who owns the files. */
  subject: string;
  /** Seconds until the grant expires. */
  expiresIn: number;
  /** The upload policy; without it the default one. */
  policy?: string;
  /** Number of uploads, 1 by default. */
  count?: number;
  /** Bytes of each file. More than the policy allows has no effect. */
  maxSize?: number;
  /** Declared types, `image/*` for all images. */
  contentTypes?: readonly string[];
  /** Stored with each file. Like the two ids, the browser can read it, but not change it. */
  detail?: Record<string, unknown>;
  userId?: string;
  appointmentId?: string;
}

export interface Grant {
  grantId: string;
  /** The browser sends it as `Authorization: Bearer`. */
  token: string;
  /** RFC 3339 in UTC. */
  expiresAt: string;
}

/** The `typ` keeps grants and tokens for login apart (RFC 8725, section 3.11). */
const TYPE = 'longshore-grant+jwt';
const HMAC = { name: 'HMAC', hash: 'SHA-256' };
/** Characters of JWT_SECRET. */
const MIN_SECRET = 32;

/** Returns a new grant, a JWT signed with the service's JWT_SECRET. Rejects with a RangeError for a short secret. */
export async function signGrant(secret: string, options: GrantOptions): Promise<Grant> {
  const {
    subject,
    expiresIn,
    policy,
    count = 1,
    maxSize,
    contentTypes,
    detail,
    userId,
    appointmentId,
  } = options;
  const grantId = crypto.randomUUID();
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    jti: grantId,
    sub: subject,
    iat: now,
    exp: now + expiresIn,
    policy,
    count,
    max_size: maxSize,
    content_types: contentTypes,
    detail,
    user_id: userId,
    appointment_id: appointmentId,
  };
  return {
    grantId,
    token: await signToken(TYPE, claims, secret),
    expiresAt: new Date(claims.exp * 1000).toISOString(),
  };
}

/** Returns a JWT (HS256) of this `typ`. Rejects with a RangeError for a short secret. */
export async function signToken(typ: string, claims: object, secret: string): Promise<string> {
  if (secret.length < MIN_SECRET) {
    throw new RangeError(
      `The secret has less than ${MIN_SECRET} characters; it is not the service's JWT_SECRET.`,
    );
  }
  const signed = `${encoded({ alg: 'HS256', typ })}.${encoded(claims)}`;
  return `${signed}.${await digest(signed, secret)}`;
}

/** Returns the HMAC-SHA256 of a text in base64url. */
export async function digest(text: string, secret: string): Promise<string> {
  const key = await crypto.subtle.importKey('raw', bytesOf(secret), HMAC, false, ['sign']);
  return base64url(new Uint8Array(await crypto.subtle.sign('HMAC', key, bytesOf(text))));
}

function encoded(value: object): string {
  return base64url(bytesOf(JSON.stringify(value)));
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function base64url(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
