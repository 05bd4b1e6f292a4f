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
import { Login } from './login';
import { Unfinished } from './unfinished';
import { type UploadEntry, UploadQueue } from './uploads';
import { Watch } from './watch';

/** Everything the page works with. */
export interface Harbour {
  uploader: Uploader;
  login: Login;
  files: FilesApi;
  directory: DirectoryApi;
  watch: Watch;
  announcer: Announcer;
  queue: UploadQueue;
  deletions: Deletions;
  unfinished: Unfinished;
}

/** A deletion that is under way when the page is left is carried out all the same. */
const fetchToTheEnd: Fetch = (input, init) => fetch(input, { ...init, keepalive: init?.method === 'DELETE' });

/** Each has its own parallel parts. */
const FILES_AT_ONCE = 3;

/** What a page is opened with, where that is not its own. */
export interface Furnishing {
  memory?: UploadMemory;
  login?: Login;
  uploader?: Uploader;
  clock?: Clock;
}

export function openHarbour({
  memory = indexedDbMemory(),
  login = new Login(),
  uploader = new Uploader({
    endpoint: '',
    fetch: fetchToTheEnd,
    memory,
    auth: login.auth,
    filesAtOnce: FILES_AT_ONCE,
  }),
  clock = systemClock,
}: Furnishing = {}): Harbour {
  const announcer = new Announcer();
  const { http } = uploader;
  login.connect(http);
  const unfinished = new Unfinished(uploader);
  const files = new FilesApi(http);
  const queue = new UploadQueue(uploader, memory, {
    began: ({ uploadId }) => {
      unfinished.taken(uploadId);
      login.refreshSoon();
    },
    stored: ({ name }) => announcer.say(messages.announce.stored(name)),
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
    watch: new Watch(http),
    announcer,
    unfinished,
    queue,
    deletions: new Deletions(
      files,
      {
        gone: (id) => {
          queue.removeStored(id);
          login.refreshSoon();
        },
        refused: (name, problem) =>
          announcer.say(messages.announce.notDeleted(name, describeError(problem)), true),
      },
      clock,
    ),
  };
}

function announceSettled(announcer: Announcer, { name, state, error }: UploadEntry): void {
  const { announce, states } = messages;
  if (state === 'failed') announcer.say(announce.failed(name, describeError(error)), true);
  else announcer.say(announce.state(name, states[state]), state === 'infected');
}

const HarbourContext = createContext<Harbour | null>(null);
export const HarbourProvider = HarbourContext.Provider;

export function useHarbour(): Harbour {
  const harbour = useContext(HarbourContext);
  if (!harbour) throw new Error('The page is not inside a HarbourProvider.');
  return harbour;
}
