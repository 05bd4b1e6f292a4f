import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, type FileRecord } from '../../client/index';
import { isNotFound } from '../../shared/api/refusals';
import { type FileStatus, getStatus } from '../api/file-details';
import { useAppContext } from '../page/app-context';
import { isUnsettled, type RowState, stateOfFile, stateOfStage } from '../file/file-state';
import type { OpenFile } from './open-details';

/** Time between two looks at a file that waits for its verdict, and at any other. Milliseconds. */
const INTERVAL = 1_500;
const INTERVAL_WHEN_SETTLED = 15_000;

export interface LiveFile {
  state: RowState;
  /** The part of the file that was scanned so far, from 0 to 1; null while that is unknown. */
  scanned: number | null;
  /** Whether the file was deleted. */
  isGone: boolean;
}

/**
 * Follows a file while its details are shown, and puts its new record into the panel. Only the status is polled, because
 * each record comes with a download link, which the service counts. A private file is followed once it is unlocked.
 */
export function useLiveFile({ file, credential }: OpenFile, onChanged: () => void): LiveFile {
  const { http, files, details, entries, clock } = useAppContext();
  const [status, setStatus] = useState<FileStatus | null>(null);
  const [isGone, setGone] = useState(false);
  const latest = useRef(file);
  latest.current = file;
  const isLocked = file.is_private && !credential;

  const look = async (signal: AbortSignal, isFirst: boolean) => {
    const found = await getStatus(http, file.id, credential, signal);
    signal.throwIfAborted();
    setStatus(found);
    // the list hides some fields of a private file
    if (!isOutdated(latest.current, found) && !(isFirst && credential)) return;
    const record = await files.get(file.id, credential);
    signal.throwIfAborted();
    details.update(record);
    entries.updateRecord(record);
    if (!isFirst) onChanged();
  };

  useEffect(() => {
    if (isLocked) return;
    const closed = new AbortController();
    const { signal } = closed;
    const follow = async () => {
      for (let isFirst = true; ; isFirst = false) {
        try {
          if (!document.hidden) await look(signal, isFirst);
        } catch (error) {
          signal.throwIfAborted();
          if (isGoneError(error)) {
            setGone(true);
            onChanged();
            return;
          }
        }
        const isSettled = !isUnsettled(stateOfFile(latest.current));
        await clock.sleep(isSettled ? INTERVAL_WHEN_SETTLED : INTERVAL, signal);
      }
    };
    follow().catch(() => undefined); // only the abort leads here
    return () => closed.abort();
  }, [file.id, credential]);

  const fileState = stateOfFile(file);
  const live = status && isUnsettled(fileState) ? stateOfStage(status.stage) : undefined;
  return { state: live ?? fileState, scanned: scannedShare(status), isGone };
}

/** Whether the service's status differs from the record. */
function isOutdated(file: FileRecord, status: FileStatus): boolean {
  return (
    file.virus_scan_status !== status.virus_scan_status ||
    file.detected_content_type !== status.detected_content_type ||
    file.legal_hold !== status.legal_hold ||
    timeOf(file.expires_at) !== timeOf(status.expires_at) ||
    timeOf(file.decision?.at) !== timeOf(status.decision?.at)
  );
}

const timeOf = (text: string | null | undefined): number => (text ? Date.parse(text) : 0);

function scannedShare(status: FileStatus | null): number | null {
  if (status?.stage !== 'scanning' || !status.scanned_bytes || !status.size) return null;
  return Math.min(1, status.scanned_bytes / status.size);
}

const isGoneError = (error: unknown): boolean =>
  isNotFound(error) || (error instanceof ApiError && error.code === 'file_gone');
