import type { Provider } from 'preact';
import {
  type Clock,
  type Fetch,
  indexedDbMemory,
  systemClock,
  Uploader,
  type UploadMemory,
} from '../../client/index';
import { type PageContext, PageContextProvider, usePageContext } from '../../shared/state/page-context';
import { DirectoryApi } from '../api/directory';
import { FilesApi } from '../api/files';
import { SameNamesApi } from '../api/same-names';
import { messages } from '../messages/index';
import { describeError } from '../../shared/text/describe';
import { Additions } from '../adding/additions';
import { Announcer } from '../../shared/state/announcer';
import { ChangeCount } from './change-count';
import { Deletions } from '../changes/deletions';
import { FinishNotice } from '../transfers/finish-notice';
import { OpenDetails } from '../details/open-details';
import { OpenPreview } from '../preview/open-preview';
import { renameEvents } from '../changes/rename-events';
import { Renames } from '../changes/renames';
import { UndoHistory } from '../changes/undo-history';
import { HealthMonitor } from '../../shared/state/health';
import { Login } from '../../shared/state/login';
import { Selection } from '../selection/selection';
import { UnfinishedStore } from '../uploads/unfinished';
import { type UploadEntry, UploadQueue } from '../uploads/uploads';
import type { ZipParts } from '../zip/zip-downloads';
import { ZipStore } from '../zip/zip-store';

/** The API clients and stores that the components share. */
export interface AppContext extends PageContext {
  uploader: Uploader;
  files: FilesApi;
  directory: DirectoryApi;
  queue: UploadQueue;
  additions: Additions;
  notice: FinishNotice;
  deletions: Deletions;
  renames: Renames;
  undo: UndoHistory;
  changes: ChangeCount;
  details: OpenDetails;
  previews: OpenPreview;
  unfinished: UnfinishedStore;
  /** The chosen rows of the list. */
  selection: Selection;
  zips: ZipStore;
  clock: Clock;
  /** Replacements for the browser's parts of zip downloads. */
  zipParts: ZipParts | undefined;
}

/** `keepalive` lets the browser finish a deletion after the page is closed. */
const keepaliveFetch: Fetch = (input, init) =>
  fetch(input, { ...init, keepalive: init?.method === 'DELETE' });

/** Each file uploads several parts in parallel. */
const FILES_AT_ONCE = 3;

/** Replacements for the defaults, for tests. */
export interface AppContextOptions {
  memory?: UploadMemory;
  login?: Login;
  uploader?: Uploader;
  clock?: Clock;
  zipParts?: ZipParts;
}

export function createAppContext({
  memory = indexedDbMemory(),
  login = new Login(),
  uploader = new Uploader({
    endpoint: '',
    fetch: keepaliveFetch,
    memory,
    auth: login.auth,
    filesAtOnce: FILES_AT_ONCE,
  }),
  clock = systemClock,
  zipParts,
}: AppContextOptions = {}): AppContext {
  const announcer = new Announcer();
  const { http } = uploader;
  login.connect(http);
  const unfinished = new UnfinishedStore(uploader);
  const files = new FilesApi(http);
  const queue = new UploadQueue(uploader, memory, {
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
  const undo = new UndoHistory();
  const changes = new ChangeCount();
  const details = new OpenDetails();
  const listeners = { announcer, queue, details, changes, undo, renames: () => renames };
  const renames: Renames = new Renames(http, files, renameEvents(listeners), clock);
  const deletions: Deletions = new Deletions(
    files,
    {
      added: (id, name) =>
        undo.add({
          isOpen: () => deletions.isWaiting(id),
          undo: () => {
            deletions.undo(id);
            announcer.announce(messages.announcements.restored(name));
          },
        }),
      deleted: (id) => {
        queue.removeStored(id);
        login.refreshSoon();
      },
      failed: (name, problem) =>
        announcer.announce(messages.announcements.notDeleted(name, describeError(problem)), true),
    },
    clock,
  );
  return {
    uploader,
    login,
    renames,
    undo,
    changes,
    details,
    previews: new OpenPreview(),
    clock,
    files,
    directory: new DirectoryApi(http),
    health: new HealthMonitor(http),
    announcer,
    unfinished,
    queue,
    selection: new Selection(),
    zips: new ZipStore(),
    zipParts,
    additions: new Additions(
      queue,
      new SameNamesApi(http),
      login,
      (id) => deletions.hides(id),
      ({ key, name, size }) => unfinished.includes(name, size, () => queue.lastModified(key)),
      (id, credential) => files.check(id, credential),
    ),
    notice: new FinishNotice(queue),
    deletions,
  };
}

function announceSettled(announcer: Announcer, { name, state, error }: UploadEntry): void {
  const { announcements, status } = messages;
  if (state === 'failed') announcer.announce(announcements.failed(name, describeError(error)), true);
  else announcer.announce(announcements.state(name, status[state]), state === 'infected');
}

export const AppContextProvider: Provider<AppContext> = PageContextProvider as Provider<unknown>;

/** Returns the context of an AppContextProvider, which must be around the component. */
export const useAppContext = (): AppContext => usePageContext() as AppContext;
