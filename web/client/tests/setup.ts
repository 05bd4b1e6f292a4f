import { beforeEach, vi } from 'vitest';

/** A request that no test answers fails that test, instead of leaving the machine. */
beforeEach(() => {
  vi.stubGlobal('fetch', (input: unknown) => {
    throw new Error(`Unmocked request: ${String(input)}`);
  });
  vi.stubGlobal(
    'XMLHttpRequest',
    class {
      open(method: string, url: string): void {
        throw new Error(`Unmocked request: ${method} ${url}`);
      }
    },
  );
});
