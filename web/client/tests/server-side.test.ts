// @vitest-environment node
import { afterEach, expect, test } from 'vitest';

const BROWSER = ['window', 'document', 'navigator', 'indexedDB', 'location', 'Worker', 'XMLHttpRequest'];
const before = new Map(BROWSER.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]));

afterEach(() => {
  for (const [name, descriptor] of before) {
    Reflect.deleteProperty(globalThis, name);
    if (descriptor) Object.defineProperty(globalThis, name, descriptor);
  }
});

test('importing the engine and constructing an Uploader touch nothing of a browser', async () => {
  const touched: string[] = [];
  for (const name of BROWSER)
    Object.defineProperty(globalThis, name, { configurable: true, get: () => void touched.push(name) });
  const { Uploader } = await import('../index');
  new Uploader({ endpoint: 'https://files.example' });
  expect(touched).toEqual([]);
});
