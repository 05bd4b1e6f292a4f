import { ApiError, type HttpClient } from '../../client/index';

/**
 * `unsafe`: the scanner's settings let files pass without a scan. `down`: the service cannot reach its scanner.
 * `unreachable`: the service cannot be reached.
 */
export type ScannerHealth = 'unknown' | 'ok' | 'off' | 'unsafe' | 'down' | 'unreachable';

export async function scannerHealth(http: HttpClient): Promise<ScannerHealth> {
  try {
    const path = '/api/v1/file/virus-scanner/health';
    const { status } = await http.call<{ status: 'ok' | 'off' | 'unsafe' }>(path, { repeat: 'once' });
    return status;
  } catch (error) {
    return error instanceof ApiError && error.code === 'scanner_unavailable' ? 'down' : 'unreachable';
  }
}
