import { defineConfig } from 'vitest/config';

/** The engine's tests alone, without a page around them: each planted fault starts them again. */
export default defineConfig({
  test: {
    environment: 'node',
    include: ['client/tests/**/*.test.ts'],
    setupFiles: ['client/tests/setup.ts'],
    restoreMocks: true,
    unstubGlobals: true,
    // Many faults show as something that never happens; each test takes a fraction of a second.
    testTimeout: 3_000,
  },
});
