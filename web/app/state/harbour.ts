import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { Uploader } from '../../client/index';
import { DirectoryApi } from '../api/directory';
import { FilesApi } from '../api/files';
import { messages } from '../messages/index';
import { describeError } from '../text/describe';
import { Announcer } from './announcer';
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
  unfinished: Unfinished;
}

export function openHarbour(given?: Uploader, login = new Login()): Harbour {
  const uploader = given ?? new Uploader({ endpoint: '', auth: login.auth });
  const announcer = new Announcer();
  const { http } = uploader;
  login.connect(http);
  const unfinished = new Unfinished(uploader);
  return {
    uploader,
    login,
    files: new FilesApi(http),
    directory: new DirectoryApi(http),
    watch: new Watch(http),
    announcer,
    unfinished,
    queue: new UploadQueue(uploader, {
      began: ({ uploadId }) => {
        unfinished.taken(uploadId);
        login.refreshSoon();
      },
      stored: ({ name }) => announcer.say(messages.announce.stored(name)),
      settled: (entry) => {
        announceSettled(announcer, entry);
        login.refreshSoon();
      },
    }),
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
