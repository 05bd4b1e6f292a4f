import { afterEach, beforeEach, expect, vi } from 'vitest';

/** Requests without a mock: they fail the test, even if its code ignores the error, and never reach the network. */
let unmocked: string[] = [];

function refuse(request: string): never {
  unmocked.push(request);
  throw new Error(`Unmocked request: ${request}`);
}

beforeEach(() => {
  unmocked = [];
  vi.stubGlobal('fetch', (input: unknown) => refuse(`fetch ${String(input)}`));
  vi.stubGlobal(
    'XMLHttpRequest',
    class {
      open(method: string, url: string): void {
        refuse(`${method} ${url}`);
      }
    },
  );
});

afterEach(() => {
  vi.useRealTimers();
  expect(unmocked).toEqual([]);
});
