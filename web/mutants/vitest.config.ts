import { defineConfig } from 'vitest/config';

/** The tests of the engine, without a DOM: every mutant runs them again. */
export default defineConfig({
  test: {
    environment: 'node',
    include: ['client/tests/**/*.test.ts'],
    setupFiles: ['client/tests/setup.ts'],
    restoreMocks: true,
    unstubGlobals: true,
    // Many mutants are detected by a timeout; each test takes a fraction of a second.
    testTimeout: 3_000,
  },
});
