import { ApiError } from './errors';
import type { ChecksumAlgorithm } from './hash/hash';

/** `auto`: the best that the service's storage holds parts to; null: none. */
export type ChecksumPreference = ChecksumAlgorithm | 'auto' | null;

/** Which checksum parts carry. What the service refused once is not wished for again. */
export class ChecksumChoice {
  private readonly refused = new Set<ChecksumAlgorithm>();

  constructor(private readonly preference: ChecksumPreference) {}

  /** Calls `init` with an algorithm, and with the next one where the service says that its storage does not check it. */
  async negotiate<T>(
    init: (algorithm: ChecksumAlgorithm | null) => Promise<T>,
  ): Promise<[T, ChecksumAlgorithm | null]> {
    for (;;) {
      const algorithm = this.best();
      try {
        return [await init(algorithm), algorithm];
      } catch (error) {
        if (this.preference !== 'auto' || algorithm === null || !refusesChecksums(error)) throw error;
        this.refused.add(algorithm);
      }
    }
  }

  private best(): ChecksumAlgorithm | null {
    if (this.preference !== 'auto') return this.preference;
    return candidates().find((algorithm) => !this.refused.has(algorithm)) ?? null;
  }
}

/** SHA-256 comes with the browser, but only on secure pages. */
function candidates(): ChecksumAlgorithm[] {
  return globalThis.isSecureContext ? ['SHA256', 'CRC32C'] : ['CRC32C'];
}

function refusesChecksums(error: unknown): boolean {
  return error instanceof ApiError && error.errors.some((line) => line.startsWith('[checksum_algorithm]'));
}
