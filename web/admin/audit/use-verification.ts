import { useEffect, useRef, useState } from 'preact/hooks';
import type { HttpClient } from '../../client/index';
import { type Flaw, listAudit, verifyPart } from '../api/audit-log';
import { useAdminContext } from '../state/admin-context';

/** A check of the whole chain, as far as it is. */
export interface VerificationState {
  status: 'ready' | 'running' | 'stopped' | 'done' | 'failed';
  checked: number;
  deleted: number;
  unsealed: number;
  /** The end of what was checked: `SEQUENCE:SEAL`. */
  last: string;
  flaws: readonly Flaw[];
  /** The number of the newest sealed entry; undefined while unknown. */
  newest: number | undefined;
  /** Why it failed. */
  problem?: unknown;
}

const FRESH: VerificationState = {
  status: 'ready',
  checked: 0,
  deleted: 0,
  unsealed: 0,
  last: '',
  flaws: [],
  newest: undefined,
};

/** The newest entries, of which one is sealed unless the log is very new or the sweeper has stopped. */
const NEWEST = 50;

/** Checks the chain of seals, part by part. */
export function useVerification() {
  const { http } = useAdminContext();
  const [state, setState] = useState(FRESH);
  const run = useRef(0);
  useEffect(() => () => void (run.current += 1), []);

  const start = async (head: string) => {
    run.current += 1;
    const id = run.current;
    const isCurrent = () => id === run.current;
    setState({ ...FRESH, status: 'running' });
    try {
      const newest = await newestSealed(http);
      let found: VerificationState = { ...FRESH, status: 'running', newest };
      while (isCurrent() && found.status === 'running') {
        found = await nextPart(http, found, head);
        if (isCurrent()) setState(found);
      }
    } catch (problem) {
      if (isCurrent()) setState((before) => ({ ...before, status: 'failed', problem }));
    }
  };
  const stop = () => {
    run.current += 1;
    setState((before) => ({ ...before, status: 'stopped' }));
  };
  return { state, start, stop };
}

async function nextPart(
  http: HttpClient,
  before: VerificationState,
  head: string,
): Promise<VerificationState> {
  const part = await verifyPart(http, before.last, head);
  return {
    ...before,
    status: part.is_complete ? 'done' : 'running',
    checked: before.checked + part.checked,
    deleted: part.deleted,
    unsealed: part.unsealed,
    last: part.last,
    flaws: [...before.flaws, ...part.flaws],
  };
}

async function newestSealed(http: HttpClient): Promise<number | undefined> {
  const { items } = await listAudit(http, {}, { limit: NEWEST });
  return items.find(({ sequence }) => sequence !== null)?.sequence ?? undefined;
}
