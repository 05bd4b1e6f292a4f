// @vitest-environment node
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { signGrant } from '../grants';

const SECRET = 'an-hmac-secret-of-32-characters!';
const ID = '0d9b7c52-6a1e-4f0b-9a51-2f6c1f6f3b10';

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

test('a grant is a JWT with all that it allows', async () => {
  const detail = { order: '船' };
  const more = { policy: 'avatars', count: 2, maxSize: 5_000_000, contentTypes: ['image/*'], userId: ID };
  const grant = await signGrant(SECRET, {
    subject: 'Björn',
    expiresIn: 600,
    detail,
    appointmentId: ID,
    ...more,
  });
  const [header, claims, signature] = grant.token.split('.');
  expect(decoded(header)).toEqual({ alg: 'HS256', typ: 'longshore-grant+jwt' });
  expect(decoded(claims)).toEqual({
    jti: ID,
    sub: 'Björn',
    iat: 1_767_323_045,
    exp: 1_767_323_645,
    policy: 'avatars',
    count: 2,
    max_size: 5_000_000,
    content_types: ['image/*'],
    detail,
    user_id: ID,
    appointment_id: ID,
  });
  const expected = createHmac('sha256', SECRET).update(`${header}.${claims}`).digest('base64url');
  expect(signature).toBe(expected);
  expect([grant.grantId, grant.expiresAt]).toEqual([ID, '2026-01-02T03:14:05.000Z']);
});

test('options that are missing are not in the token', async () => {
  const { token } = await signGrant(SECRET, { subject: 'ann', expiresIn: 60 });
  const claims = decoded(token.split('.')[1]);
  expect(claims).toEqual({ jti: ID, sub: 'ann', iat: 1_767_323_045, exp: 1_767_323_105, count: 1 });
});

test('another secret than JWT_SECRET is refused', async () => {
  await expect(signGrant('short', { subject: 'ann', expiresIn: 60 })).rejects.toThrow(RangeError);
});
