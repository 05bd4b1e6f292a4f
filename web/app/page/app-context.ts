import type { Provider } from 'preact';
import {
  browserNetwork,
  type Clock,
  defaultRetryPolicy,
  type Fetch,
  HttpClient,
  indexedDbMemory,
  systemClock,
  type Uploader,
  type UploadMemory,
} from '../../client/index';
import { type PageContext, PageContextProvider, usePageContext } from '../../shared/state/page-context';
import { DirectoryApi } from '../api/directory';
import { FilesApi } from '../api/files';
import { messages } from '../messages/index';
import { describeError } from '../../shared/text/describe';
import { Announcer } from '../../shared/state/announcer';
import { ChangeCount } from './change-count';
import { Deletions } from '../changes/deletions';
import { OpenDetails } from '../details/open-details';
import { OpenPreview } from '../preview/open-preview';
import { type Listeners, moveEvents, renameEvents } from '../changes/change-events';
import { Moves } from '../changes/moves';
import { Renames } from '../changes/renames';
import { UndoHistory } from '../changes/undo-history';
import { HealthMonitor } from '../../shared/state/health';
import { LazyModule } from '../../shared/state/lazy-module';
import { Login } from '../../shared/state/login';
import { later } from './later-part';
import { Selection } from '../selection/selection';
import { UnfinishedStore } from '../uploads/unfinished';
import { UploadEntries } from '../uploads/upload-entries';
import type { Uploading } from '../uploads/uploading';
import type { ZipParts } from '../zip/zip-downloads';
import { ZipStore } from '../zip/zip-store';

/** The API clients and stores that the components share. */
export interface AppContext extends PageContext {
  http: HttpClient;
  /** What runs the uploads, once its code is loaded. */
  uploading: LazyModule<Uploading>;
  files: FilesApi;
  directory: DirectoryApi;
  /** The rows of the files that were selected on this page. */
  entries: UploadEntries;
  deletions: Deletions;
  renames: Renames;
  moves: Moves;
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
  uploader,
  clock = systemClock,
  zipParts,
}: AppContextOptions = {}): AppContext {
  const announcer = new Announcer();
  const http = uploader?.http ?? pageHttp(login);
  login.connect(http);
  const files = new FilesApi(http);
  const entries = new UploadEntries();
  const undo = new UndoHistory();
  const changes = new ChangeCount();
  const details = new OpenDetails();
  const listeners: Listeners = {
    announcer,
    entries,
    details,
    changes,
    undo,
    renames: () => renames,
    moves: () => moves,
  };
  const renames: Renames = new Renames(http, files, renameEvents(listeners), clock);
  const moves: Moves = new Moves(files, moveEvents(listeners), clock);
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
        entries.removeStored(id);
        login.refreshSoon();
      },
      failed: (name, problem) =>
        announcer.announce(messages.announcements.notDeleted(name, describeError(problem)), true),
    },
    clock,
  );
  const context: Omit<AppContext, 'uploading'> = {
    http,
    login,
    renames,
    moves,
    undo,
    changes,
    details,
    previews: new OpenPreview(),
    clock,
    files,
    directory: new DirectoryApi(http),
    health: new HealthMonitor(http),
    announcer,
    unfinished: new UnfinishedStore(() => uploading.load().then(({ uploader: engine }) => engine), memory),
    entries,
    selection: new Selection(),
    zips: new ZipStore(),
    zipParts,
    deletions,
  };
  const uploading = new LazyModule<Uploading>(async () =>
    (await later.load()).createUploading(context, { memory, fetch: keepaliveFetch, uploader }),
  );
  return { ...context, uploading };
}

const pageHttp = ({ auth }: Login): HttpClient => {
  const tools = {
    clock: systemClock,
    random: Math.random,
    network: browserNetwork,
    policy: defaultRetryPolicy,
  };
  return new HttpClient({ endpoint: '', fetch: keepaliveFetch, auth }, tools);
};

export const AppContextProvider: Provider<AppContext> = PageContextProvider as Provider<unknown>;

/** Returns the context of an AppContextProvider, which must be around the component. */
export const useAppContext = (): AppContext => usePageContext() as AppContext;
