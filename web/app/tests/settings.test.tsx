import { readFileSync } from 'node:fs';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect, test, vi } from 'vitest';
import { preferredLanguages } from '../../shared/state/settings';
import { TestPage } from '../../shared/tests/page';
import { Settings } from '../../shared/ui/settings';

const theme = () => document.documentElement.dataset['theme'];
/** Runs the script that the page has in front of everything. */
const runEarly = () => {
  const script = document.createElement('script');
  script.textContent = readFileSync('shared/early.js', 'utf-8');
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- happy-dom runs no scripts
  (new Function(script.textContent) as () => void)();
};
let root: HTMLElement;

function open(props: Parameters<typeof Settings>[0]): TestPage {
  root = document.body.appendChild(document.createElement('div'));
  void act(() => render(<Settings {...props} />, root));
  return new TestPage(root);
}

afterEach(() => {
  localStorage.clear();
  delete document.documentElement.dataset['theme'];
  render(null, root);
});

test('a theme applies at once, and before the first paint of the next page', async () => {
  const page = open({});
  await page.select('theme-select', 'dark');
  expect(theme()).toBe('dark');
  delete document.documentElement.dataset['theme'];
  runEarly();
  expect(theme()).toBe('dark');
  await page.select('theme-select', 'system');
  expect(theme()).toBeUndefined();
  runEarly();
  expect(theme()).toBeUndefined();
});

test('a theme that was chosen in another tab applies', () => {
  const page = open({});
  localStorage.setItem('longshore.theme', 'dark');
  void act(() => void dispatchEvent(new StorageEvent('storage', { key: 'longshore.theme' })));
  expect(theme()).toBe('dark');
  expect((page.get('theme-select') as HTMLSelectElement).value).toBe('dark');
});

test('a language is the first one of the next page; a running upload is not interrupted', async () => {
  const reload = vi.fn();
  let isBusy = true;
  const page = open({ reload, isBusy: () => isBusy });
  expect(preferredLanguages()).toEqual(navigator.languages);
  await page.select('language-select', 'de');
  expect(reload).not.toHaveBeenCalled();
  expect(page.get('settings-later').textContent).toContain('loaded again');
  expect(preferredLanguages()[0]).toBe('de');
  isBusy = false;
  await page.select('language-select', 'browser');
  expect(reload).toHaveBeenCalledOnce();
  expect(preferredLanguages()).toEqual(navigator.languages);
});

test('without storage the pages use the system and the browser', () => {
  vi.spyOn(Storage.prototype, 'getItem').mockImplementation(() => {
    throw new DOMException('blocked', 'SecurityError');
  });
  open({});
  runEarly();
  expect(theme()).toBeUndefined();
  expect(preferredLanguages()).toEqual(navigator.languages);
});
