import { vi } from 'vitest';

/** Only a failure, or a machine with much else to do, needs all of it. Milliseconds. */
const PATIENCE = 30_000;

/** Waits until a check passes, and returns its result. */
export const soon = <T>(check: () => T) => vi.waitFor(check, { interval: 5, timeout: PATIENCE });
