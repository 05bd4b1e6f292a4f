// @vitest-environment node
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { signLink } from '../links';

const SECRET = 'an-hmac-secret-of-32-characters!';
const ID = '0d9b7c52-6a1e-4f0b-9a51-2f6c1f6f3b10';
const FILE = '5f3c1c7e-8f6d-4a5e-b0c4-7d1f0a9e2c33';
const PLACE = { serviceUrl: 'https://files.example/', fileId: FILE, subject: 'Björn' };

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 2, 3, 4, 5, 678) });
  vi.spyOn(crypto, 'randomUUID').mockReturnValue(ID);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function decoded(part: string | undefined): unknown {
  return JSON.parse(Buffer.from(part ?? '', 'base64url').toString());
}

test('a link is a JWT with all that it allows, and the digest of its password', async () => {
  const limits = { maxDownloads: 3, password: 'Ka\u0308se', disposition: 'attachment' } as const;
  const link = await signLink(SECRET, { ...PLACE, expiresIn: 600, ...limits });
  const token = link.url.replace('https://files.example/api/v1/links/', '');
  const [header, claims, signature] = token.split('.');
  expect(decoded(header)).toEqual({ alg: 'HS256', typ: 'longshore-link+jwt' });
  const named = `longshore-link-password\n${ID}\nKäse`;
  expect(decoded(claims)).toEqual({
    jti: ID,
    sub: 'Björn',
    iat: 1_767_323_045,
    exp: 1_767_323_645,
    file_id: FILE,
    disposition: 'attachment',
    max_downloads: 3,
    password_digest: createHmac('sha256', SECRET).update(named).digest('base64url'),
  });
  const expected = createHmac('sha256', SECRET).update(`${header}.${claims}`).digest('base64url');
  expect(signature).toBe(expected);
  expect([link.linkId, link.expiresAt]).toEqual([ID, '2026-01-02T03:14:05.000Z']);
});

test('options that are missing are not in the token', async () => {
  const { url } = await signLink(SECRET, { ...PLACE, expiresIn: 60 });
  const claims = decoded(url.split('.')[2]);
  expect(claims).toEqual({
    jti: ID,
    sub: 'Björn',
    iat: 1_767_323_045,
    exp: 1_767_323_105,
    file_id: FILE,
  });
});

test('another secret than JWT_SECRET is refused', async () => {
  await expect(signLink('short', { ...PLACE, expiresIn: 60 })).rejects.toThrow(RangeError);
});
