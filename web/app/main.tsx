import './styles/index.css';
import { render } from 'preact';
import { systemClock } from '../client/index';
import { App } from './app';
import { Footer, Header } from './page/frame';
import { messages } from './messages/index';
import { AppContextProvider, createAppContext } from './page/app-context';
import { RequireLogin } from '../shared/ui/require-login';

document.documentElement.lang = messages.locale;
const root = document.getElementById('app');
const context = createAppContext();
/** Wait this long for the unfinished uploads: shown later, they would push the list down. Milliseconds. */
const UNFINISHED_TIMEOUT = 300;

void Promise.race([context.unfinished.load(), systemClock.sleep(UNFINISHED_TIMEOUT)]).then(() => {
  if (!root) return;
  render(
    <AppContextProvider value={context}>
      <RequireLogin header={<Header />} footer={<Footer />}>
        <App />
      </RequireLogin>
    </AppContextProvider>,
    root,
  );
});
