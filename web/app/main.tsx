import './styles/index.css';
import { render } from 'preact';
import { App } from './app';
import { messages } from './messages/index';
import { HarbourProvider, openHarbour } from './state/harbour';
import { Gate } from './ui/gate';

document.documentElement.lang = messages.locale;
const root = document.getElementById('app');
if (root) {
  render(
    <HarbourProvider value={openHarbour()}>
      <Gate>
        <App />
      </Gate>
    </HarbourProvider>,
    root,
  );
}
