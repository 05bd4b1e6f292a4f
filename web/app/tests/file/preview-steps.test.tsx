import { expect, test, vi } from 'vitest';
import { recordFrames } from '../../../shared/tests/page';
import { FakeBackend, fileRecord } from '../fakes';
import { openPage, type Page } from '../page';
import { soon } from '../../../client/tests/soon';

const files = [
  fileRecord({ id: 'a', filename: 'a.png', content_type: 'image/png' }),
  fileRecord({ id: 'b', filename: 'b.pdf', content_type: 'application/pdf' }),
  fileRecord({ id: 'c', filename: 'c.png', content_type: 'image/png', is_private: true }),
  fileRecord({ id: 'd', filename: 'd.png', content_type: 'image/png' }),
];
class NoObserver {
  observe = () => undefined;
  disconnect = () => undefined;
}
const press = (key: string, target: EventTarget = document.body) =>
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
const shows = (page: Page, name: string, place: string) =>
  soon(() => {
    expect(page.get('preview-name').textContent).toBe(name);
    expect(page.get('preview-place').textContent).toBe(place);
  });

test('the preview leads through the files that have one, by buttons and arrow keys', async () => {
  const backend = new FakeBackend();
  backend.files = files;
  vi.stubGlobal('IntersectionObserver', NoObserver);
  const page = openPage(backend);
  await page.click('preview');
  await shows(page, 'a.png', '1 of 2');
  expect(page.get('preview-previous').hasAttribute('disabled')).toBe(true);
  await page.click('preview-next');
  await shows(page, 'd.png', '2 of 2');
  expect(page.get('preview-next').hasAttribute('disabled')).toBe(true);
  press('ArrowRight');
  await shows(page, 'd.png', '2 of 2');
  press('ArrowLeft');
  await shows(page, 'a.png', '1 of 2');
  press('ArrowRight', document.body.appendChild(document.createElement('video')));
  await shows(page, 'a.png', '1 of 2');
  press('ArrowRight');
  await shows(page, 'd.png', '2 of 2');

  const frames = recordFrames();
  await page.click('preview-download');
  await soon(() =>
    expect(frames.map(({ src }) => src)).toEqual(['https://storage.test/file?disposition=attachment']),
  );
  expect(backend.calls).toContain('GET /file/content/d');
  await page.click('preview-close');
  await soon(() => expect(page.all('preview-dialog')).toEqual([]));
  expect(document.activeElement).toBe(page.all('preview')[2]);
});
