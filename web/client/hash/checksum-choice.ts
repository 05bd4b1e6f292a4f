import { ApiError } from '../api/errors';
import type { ChecksumAlgorithm } from '../api/types';

/** `auto`: the best algorithm that the service's storage checks; null: no checksum. */
export type ChecksumPreference = ChecksumAlgorithm | 'auto' | null;

/** Chooses the checksum algorithm of the parts, and remembers the ones that the service refused. */
export class ChecksumChoice {
  private readonly refused = new Set<ChecksumAlgorithm>();

  constructor(private readonly preference: ChecksumPreference) {}

  /** Calls `init` with an algorithm, and with the next one when the service refuses it. */
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

/** WebCrypto's SHA-256 exists in secure contexts only. Node.js has no such contexts. */
function candidates(): ChecksumAlgorithm[] {
  const isSecure = (globalThis.isSecureContext as boolean | undefined) ?? true;
  return isSecure ? ['SHA256', 'CRC32C'] : ['CRC32C'];
}

function refusesChecksums(error: unknown): boolean {
  return error instanceof ApiError && error.errors.some((line) => line.startsWith('[checksum_algorithm]'));
}
