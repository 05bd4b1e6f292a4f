import { type Fetch, Uploader, type UploadMemory } from '../../client/index';
import { describeError } from '../../shared/text/describe';
import type { Announcer } from '../../shared/state/announcer';
import { Additions } from '../adding/additions';
import { SameNamesApi } from '../api/same-names';
import { messages } from '../messages/index';
import type { AppContext } from '../page/app-context';
import { FinishNotice } from '../transfers/finish-notice';
import type { UploadEntry } from './upload-entry';
import { UploadQueue } from './uploads';

/** Each file uploads several parts in parallel. */
const FILES_AT_ONCE = 3;

/** What runs the uploads. Its code is loaded after the page's first look, or with the first file. */
export interface Uploading {
  uploader: Uploader;
  queue: UploadQueue;
  additions: Additions;
  notice: FinishNotice;
}

interface UploadingOptions {
  memory: UploadMemory;
  fetch: Fetch;
  uploader?: Uploader | undefined;
}

/** The engine has a client of its own; the page notices whenever that can't reach the service. */
export function createUploading(
  context: Omit<AppContext, 'uploading'>,
  { memory, fetch, uploader }: UploadingOptions,
): Uploading {
  const { http, login, files, unfinished, announcer, deletions, entries } = context;
  const engine =
    uploader ?? new Uploader({ endpoint: '', fetch, memory, auth: login.auth, filesAtOnce: FILES_AT_ONCE });
  if (!uploader) engine.http.onUnreachable = () => http.onUnreachable?.();
  const queue = new UploadQueue(entries, engine, memory, {
    started: ({ uploadId }) => {
      unfinished.remove(uploadId);
      login.refreshSoon();
    },
    stored: ({ name }) => announcer.announce(messages.announcements.stored(name)),
    settled: (entry) => {
      announceSettled(announcer, entry);
      login.refreshSoon();
    },
    notResumed: (uploadId, error) => unfinished.notResumed(uploadId, error),
  });
  const additions = new Additions(
    queue,
    new SameNamesApi(http),
    login,
    (id) => deletions.hides(id),
    ({ key, name, size }) => unfinished.includes(name, size, () => queue.lastModified(key)),
    (id, credential) => files.check(id, credential),
  );
  return { uploader: engine, queue, additions, notice: new FinishNotice(entries) };
}

function announceSettled(announcer: Announcer, { name, state, error }: UploadEntry): void {
  const { announcements, status } = messages;
  if (state === 'failed') announcer.announce(announcements.failed(name, describeError(error)), true);
  else announcer.announce(announcements.state(name, status[state]), state === 'infected');
}
