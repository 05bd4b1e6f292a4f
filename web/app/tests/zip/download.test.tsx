import { beforeEach, expect, test, vi } from 'vitest';
import '../../zip/worker';
import { NoZipWorkerError } from '../../zip/zip-worker';
import { FakeBackend, fileRecord, infected } from '../fakes';
import { openPage, type Page } from '../page';
import { soon } from '../../../client/tests/soon';

let backend: FakeBackend;
let download: Promise<Response>;
let isFrameOpen: boolean;

/** The real service worker, which this test's window runs. */
beforeEach(() => {
  isFrameOpen = false;
  backend = new FakeBackend();
  backend.files = [
    fileRecord({ id: 'a', filename: 'a.txt', size: 5 }),
    fileRecord({ id: 'b', filename: 'b.txt', size: 5 }),
    infected({ id: 'c', filename: 'bad.exe' }),
  ];
  let arrived: (response: Response) => void;
  download = new Promise((resolve) => (arrived = resolve));
  backend.zipParts = {
    openWorker: () =>
      Promise.resolve({
        postMessage: (data, ports) =>
          void dispatchEvent(Object.assign(new Event('message'), { data, ports })),
      }),
    openDownload: (url) => {
      isFrameOpen = true;
      const request = { url: `http://localhost${url}` };
      const respondWith = (response: Response) => arrived(response);
      dispatchEvent(Object.assign(new Event('fetch'), { request, respondWith }));
      return () => (isFrameOpen = false);
    },
  };
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('hello')));
});

async function start(): Promise<Page> {
  const page = openPage(backend);
  await page.click('select-all');
  await page.click('selected-zip');
  return page;
}
const state = (page: Page) => page.get('zip-state').getAttribute('data-state');

test('the archive has the clean files; the others are named before', async () => {
  const page = await start();
  expect((await page.find('left-out')).textContent).toContain('bad.exe Infected');
  await page.submit();
  const response = await download;
  expect(response.headers.get('Content-Type')).toBe('application/zip');
  expect(response.headers.get('Content-Disposition')).toBe("attachment; filename*=UTF-8''files.zip");
  const archive = Buffer.from(await response.arrayBuffer());
  expect(response.headers.get('Content-Length')).toBe(String(archive.length));
  expect([archive.includes('a.txt'), archive.includes('b.txt'), archive.includes('bad.exe')]).toEqual([
    true,
    true,
    false,
  ]);
  await soon(() => expect(state(page)).toBe('done'));
  expect(isFrameOpen).toBe(false);
  await page.click('zip-end');
  expect(page.all('zip-state')).toEqual([]);
});

test('a file that was deleted meanwhile ends the archive, and is named', async () => {
  const page = await start();
  await page.find('left-out');
  backend.files = backend.files.filter(({ id }) => id !== 'b');
  await page.submit();
  const response = await download;
  await expect(response.arrayBuffer()).rejects.toThrow();
  await soon(() => expect(state(page)).toBe('failed'));
  expect(page.get('zip-state').textContent).toContain("b.txt\u2069 can't be downloaded any more");
});

test.each([
  ['on the page', (page: Page) => page.click('zip-end')],
  ['in the browser', async () => (await download).body?.cancel()],
])('it can be cancelled %s', async (_, cancel) => {
  const page = await start();
  await page.find('left-out');
  await page.submit();
  await download;
  await cancel(page);
  await soon(() => expect(state(page)).toBe('cancelled'));
  expect([isFrameOpen, page.all('selected-zip').length]).toEqual([false, 1]);
});

test('a window without service workers is explained', async () => {
  const { zipParts } = backend;
  if (zipParts) zipParts.openWorker = () => Promise.reject(new NoZipWorkerError());
  const page = await start();
  await page.find('left-out');
  await page.submit();
  await soon(() => expect(state(page)).toBe('failed'));
  expect(page.get('zip-state').textContent).toContain('one by one');
});

test('a worker that the browser has stopped is noticed', async () => {
  const { zipParts } = backend;
  let messages = 0;
  if (zipParts) zipParts.openWorker = () => Promise.resolve({ postMessage: () => void (messages += 1) });
  const page = await start();
  await page.find('left-out');
  await page.submit();
  await soon(() => expect(messages).toBe(2));
  backend.clock.advance(30_000);
  await soon(() => expect(state(page)).toBe('failed'));
  expect(page.get('zip-state').textContent).toContain('The browser stopped it');
});
