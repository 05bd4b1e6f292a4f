import { expect, test, vi } from 'vitest';
import { linkTo, previewKind, readText } from '../../preview/preview';
import { FakeBackend, fileRecord } from '../fakes';

const never = new AbortController().signal;
const streamed = (...pieces: string[]) =>
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(new Blob(pieces))));

test.each([
  ['image/png', 'picture'],
  ['IMAGE/PNG', 'picture'],
  ['text/plain; charset=utf-8', 'text'],
  ['video/mp4', 'video'],
  ['audio/mpeg', 'audio'],
  ['application/pdf', null],
  ['image/svg+xml', null],
  ['text/html', null],
  ['constructor', null],
  ['', null],
])('the preview of %s is %s', (content_type, kind) => {
  expect(previewKind(fileRecord({ content_type }), 'clean')).toBe(kind);
});

test.each([
  'queued',
  'scanning',
  'unscanned',
  'infected',
  'blocked',
  'released',
  'unscannable',
  'scan-failed',
  'replaced',
] as const)('a file that is %s has no preview', (state) => {
  expect(previewKind(fileRecord({ content_type: 'image/png' }), state)).toBeNull();
});

test("the list's link is used until it expires by the server's clock; then a fresh one", async () => {
  const backend = new FakeBackend();
  const context = backend.context();
  const soon = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
  const listed = (download_expires_at: string | null) =>
    fileRecord({ id: 'a', download_url: 'https://storage.test/listed', download_expires_at });
  backend.files = [listed(null)];
  expect(await linkTo(listed(null), context)).toBe('https://storage.test/listed');
  expect(await linkTo(listed(soon(60)), context)).toBe('https://storage.test/listed');
  expect(backend.calls).toEqual([]);
  expect(await linkTo(listed(soon(10)), context)).toBe('https://storage.test/file');
  context.http.clockSkew = 60_000;
  expect(await linkTo(listed(soon(60)), context)).toBe('https://storage.test/file');
  expect(await linkTo({ ...listed(null), download_url: null }, context)).toBe('https://storage.test/file');
});

test('a text is read completely, or up to the limit', async () => {
  streamed('Grüße', ' 🚢');
  expect(await readText('https://storage.test/a', never)).toEqual({ text: 'Grüße 🚢', more: false });
  streamed('');
  expect(await readText('https://storage.test/a', never)).toEqual({ text: '', more: false });
  streamed('x'.repeat(100_000));
  expect(await readText('https://storage.test/a', never)).toEqual({ text: 'x'.repeat(65_536), more: true });
});

test('a text that storage refuses is an error', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('AccessDenied', { status: 403 })));
  await expect(readText('https://storage.test/a', never)).rejects.toThrow('403');
});
