/**
 * Signs links to files in a backend, without a call to the service: `import { signLink } from '@longshore/client/links'`.
 * Runs where Web Crypto does (Node 20, Deno, Bun, workers). Never in a page: it needs the service's JWT_SECRET.
 */

import { digest, signToken } from './grants';

export interface LinkOptions {
  /** The service's public URL. */
  serviceUrl: string;
  fileId: string;
  /** Who owns the file. A link to a file of another subject opens nothing. */
  subject: string;
  /** Seconds until the link expires. */
  expiresIn: number;
  /** Number of downloads; without it any number. */
  maxDownloads?: number;
  /** The token contains its digest by the secret: without that, it cannot be guessed from the link. */
  password?: string;
  /** `attachment`: browsers save the file. `inline`, by default: browsers may display a safe type. */
  disposition?: 'inline' | 'attachment';
}

export interface Link {
  linkId: string;
  /** For everyone who has it, without a login. */
  url: string;
  /** RFC 3339 in UTC. */
  expiresAt: string;
}

/** The `typ` keeps links, grants and tokens for login apart (RFC 8725, section 3.11). */
const TYPE = 'longshore-link+jwt';
const PATH = '/api/v1/links/';
/** Keeps digests of passwords apart from signatures of tokens. */
const PURPOSE = 'longshore-link-password';

/** Returns a new link, a JWT signed with the service's JWT_SECRET. Rejects with a RangeError for a short secret. */
export async function signLink(secret: string, options: LinkOptions): Promise<Link> {
  const { serviceUrl, fileId, subject, expiresIn, maxDownloads, password, disposition } = options;
  const linkId = crypto.randomUUID();
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    jti: linkId,
    sub: subject,
    iat: now,
    exp: now + expiresIn,
    file_id: fileId,
    disposition,
    max_downloads: maxDownloads,
    password_digest:
      password === undefined
        ? undefined
        : await digest(`${PURPOSE}\n${linkId}\n${password.normalize('NFC')}`, secret),
  };
  return {
    linkId,
    url: serviceUrl.replace(/\/+$/, '') + PATH + (await signToken(TYPE, claims, secret)),
    expiresAt: new Date(claims.exp * 1000).toISOString(),
  };
}
