import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import {
  type Clock,
  type Fetch,
  indexedDbMemory,
  systemClock,
  Uploader,
  type UploadMemory,
} from '../../client/index';
import { DirectoryApi } from '../api/directory';
import { FilesApi } from '../api/files';
import { messages } from '../messages/index';
import { describeError } from '../text/describe';
import { Announcer } from './announcer';
import { Deletions } from './deletions';
import { HealthMonitor } from './health';
import { Login } from './login';
import { UnfinishedStore } from './unfinished';
import { type UploadEntry, UploadQueue } from './uploads';

/** The API clients and stores that the components share. */
export interface AppContext {
  uploader: Uploader;
  login: Login;
  files: FilesApi;
  directory: DirectoryApi;
  health: HealthMonitor;
  announcer: Announcer;
  queue: UploadQueue;
  deletions: Deletions;
  unfinished: UnfinishedStore;
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
  });
  return {
    uploader,
    login,
    files,
    directory: new DirectoryApi(http),
    health: new HealthMonitor(http),
    announcer,
    unfinished,
    queue,
    deletions: new Deletions(
      files,
      {
        deleted: (id) => {
          queue.removeStored(id);
          login.refreshSoon();
        },
        failed: (name, problem) =>
          announcer.announce(messages.announcements.notDeleted(name, describeError(problem)), true),
      },
      clock,
    ),
  };
}

function announceSettled(announcer: Announcer, { name, state, error }: UploadEntry): void {
  const { announcements, status } = messages;
  if (state === 'failed') announcer.announce(announcements.failed(name, describeError(error)), true);
  else announcer.announce(announcements.state(name, status[state]), state === 'infected');
}

const Context = createContext<AppContext | null>(null);
export const AppContextProvider = Context.Provider;

export function useAppContext(): AppContext {
  const context = useContext(Context);
  if (!context) throw new Error('useAppContext() needs an AppContextProvider around the component.');
  return context;
}
