/**
 * What the page and the service worker of zip downloads send to each other. Types only: the worker shares no code with the
 * page, because some browsers run only workers that import nothing.
 */

/** One file of the archive. */
export interface ZipEntry {
  /** Its path in the archive. */
  name: string;
  /** Bytes. */
  size: number;
  /** Milliseconds since 1970. */
  modified: number;
}

/** The page orders an archive; a MessagePort comes with it. */
export interface ZipOrder {
  type: 'order';
  id: string;
  name: string;
  entries: ZipEntry[];
}

/** Keeps the worker alive: browsers end an idle one, also while a download still reads from it. */
export interface Ping {
  type: 'ping';
  id: string;
}

/** `null`: the file cannot be downloaded any more. */
export type ToWorker =
  | { type: 'link'; index: number; url: string | null }
  | { type: 'link-failed'; index: number }
  | { type: 'cancel' };

export type ZipFailure = 'gone' | 'unreachable' | 'changed';

export type ToPage =
  | { type: 'ready' }
  | { type: 'started' }
  | { type: 'want-link'; index: number }
  | { type: 'progress'; sent: number; size: number; index: number }
  /** `index` is null where no file is the cause. */
  | { type: 'failed'; index: number | null; why: ZipFailure }
  | { type: 'cancelled' }
  | { type: 'done' };

/** The answer to a ping, on the ping's own port. */
export interface Pong {
  known: boolean;
}
