import './styles/index.css';
import { render } from 'preact';
import { systemClock } from '../client/index';
import { App } from './app';
import { messages } from './messages/index';
import { HarbourProvider, openHarbour } from './state/harbour';
import { Gate } from './ui/gate';

document.documentElement.lang = messages.locale;
const root = document.getElementById('app');
const harbour = openHarbour();
/** What was left unfinished is known in a moment, and would push the list down if it came later. Milliseconds. */
const SOON = 300;

void Promise.race([harbour.unfinished.load(), systemClock.sleep(SOON)]).then(() => {
  if (!root) return;
  render(
    <HarbourProvider value={harbour}>
      <Gate>
        <App />
      </Gate>
    </HarbourProvider>,
    root,
  );
});
