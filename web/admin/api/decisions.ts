import type { HttpClient } from '../../client/index';
import type { Page, PageRequest } from '../../shared/api/pages';
import { ask, askPage, send } from './calls';
import type { FileFilter } from './files';

export const ACTIONS = ['rescan', 'release', 'block', 'delete'] as const;
export type Action = (typeof ACTIONS)[number];

/** The actions that require a reason. */
export const NEED_REASON: readonly Action[] = ['release', 'block'];

/** Either some files, or all that a filter finds. */
export type Target = { file_ids: readonly string[] } | { filter: FileFilter };

/** A decision and its progress. */
export interface Decision {
  decision_id: string | null;
  action: Action;
  /** `waiting`: for the approval by a second person. */
  state: 'waiting' | 'running' | 'done' | 'cancelled' | 'dry_run';
  reason: string | null;
  filter: FileFilter | null;
  file_ids: string[] | null;
  matched: number;
  /** Whether `matched` is all; false: at least so many. */
  is_exact: boolean;
  done: number;
  skipped: number;
  failed: number;
  /** The last files that were skipped or failed. */
  reasons: { file_id: string; reason: string }[];
  /** What it waits for. */
  problem: string | null;
  created_by: string;
  created_at: string;
  approved_by: string | null;
  approved_at: string | null;
  ended_at: string | null;
}

export const isEnded = ({ state }: Decision): boolean => state === 'done' || state === 'cancelled';

/** Counts the files that a decision would be about, and decides nothing. */
export const countFiles = (http: HttpClient, action: Action, target: Target): Promise<Decision> =>
  // a reason is required even for counting
  send(http, 'POST', '/decisions', { action, ...target, dry_run: true, reason: 'dry run' });

export const decide = (
  http: HttpClient,
  action: Action,
  target: Target,
  reason: string | undefined,
): Promise<Decision> => send(http, 'POST', '/decisions', { action, ...target, reason });

export const listDecisions = (http: HttpClient, page: PageRequest): Promise<Page<Decision>> =>
  askPage(http, '/decisions', page);

export const getDecision = (http: HttpClient, id: string): Promise<Decision> => ask(http, `/decisions/${id}`);

/** Approves it as the second person. */
export const approveDecision = (
  http: HttpClient,
  id: string,
  reason: string | undefined,
): Promise<Decision> => send(http, 'POST', `/decisions/${id}/approve`, { reason });

/** Cancels it: what it has done stays. */
export const cancelDecision = (http: HttpClient, id: string): Promise<Decision> =>
  send(http, 'DELETE', `/decisions/${id}`);
