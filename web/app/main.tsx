import './styles/index.css';
import '../shared/text/isolate'; // for the languages: see KEPT in vite.config.ts
import { render } from 'preact';
import { systemClock } from '../client/index';
import { App } from './app';
import { Footer, Header } from './page/frame';
import { messages } from './messages/index';
import { loadMessages } from './messages/load';
import './page/load-later';
import { AppContextProvider, createAppContext } from './page/app-context';
import { RequireLogin } from '../shared/ui/require-login';

/** Wait this long for the unfinished uploads: shown later, they would push the list down. Milliseconds. */
const UNFINISHED_TIMEOUT = 300;

async function show(root: HTMLElement): Promise<void> {
  const context = createAppContext();
  const unfinished = context.unfinished.load().catch(() => undefined); // the list loads them again
  await loadMessages();
  document.documentElement.lang = messages.locale;
  await Promise.race([unfinished, systemClock.sleep(UNFINISHED_TIMEOUT)]);
  render(
    <AppContextProvider value={context}>
      <RequireLogin header={<Header />} footer={<Footer />}>
        <App />
      </RequireLogin>
    </AppContextProvider>,
    root,
  );
}

/** The only text outside of the messages, because those could not be loaded. */
function explainFailure(root: HTMLElement): void {
  const reload = document.createElement('button');
  reload.textContent = 'Try again';
  reload.className = 'button button-primary';
  reload.onclick = () => location.reload();
  root.replaceChildren("Longshore couldn't be loaded. Check your connection. ", reload);
}

const root = document.getElementById('app');
if (root) show(root).catch(() => explainFailure(root));
