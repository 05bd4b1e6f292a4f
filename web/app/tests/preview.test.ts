import { expect, test, vi } from 'vitest';
import { linkTo, previewKind, readText } from '../state/preview';
import { FakeBackend, fileRecord } from './fakes';

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
])('%s is shown as %s', (content_type, kind) => {
  expect(previewKind(fileRecord({ content_type }), 'clean')).toBe(kind);
});

test.each([
  'queued',
  'scanning',
  'unscanned',
  'infected',
  'held',
  'unscannable',
  'scan-failed',
  'replaced',
] as const)('nothing is shown of what is %s', (state) => {
  expect(previewKind(fileRecord({ content_type: 'image/png' }), state)).toBeNull();
});

test("the list's link is used while it is good, by the server's clock; then a fresh one", async () => {
  const backend = new FakeBackend();
  const harbour = backend.harbour();
  const soon = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
  const listed = (download_expires_at: string | null) =>
    fileRecord({ id: 'a', download_url: 'https://storage.test/listed', download_expires_at });
  backend.files = [listed(null)];
  expect(await linkTo(listed(null), harbour)).toBe('https://storage.test/listed');
  expect(await linkTo(listed(soon(60)), harbour)).toBe('https://storage.test/listed');
  expect(backend.calls).toEqual([]);
  expect(await linkTo(listed(soon(10)), harbour)).toBe('https://storage.test/cargo');
  harbour.uploader.http.clockSkew = 60_000;
  expect(await linkTo(listed(soon(60)), harbour)).toBe('https://storage.test/cargo');
  expect(await linkTo({ ...listed(null), download_url: null }, harbour)).toBe('https://storage.test/cargo');
});

test('a text is read whole, or to where it becomes long', async () => {
  streamed('Grüße', ' 🚢');
  expect(await readText('https://storage.test/a', never)).toEqual({ text: 'Grüße 🚢', more: false });
  streamed('');
  expect(await readText('https://storage.test/a', never)).toEqual({ text: '', more: false });
  streamed('x'.repeat(100_000));
  expect(await readText('https://storage.test/a', never)).toEqual({ text: 'x'.repeat(65_536), more: true });
});

test('a text that storage does not hand out is not read', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('AccessDenied', { status: 403 })));
  await expect(readText('https://storage.test/a', never)).rejects.toThrow('403');
});
