import './styles/index.css';
import { render } from 'preact';
import { App } from './app';
import { HarbourProvider, openHarbour } from './state/harbour';

const root = document.getElementById('app');
if (root) {
  render(
    <HarbourProvider value={openHarbour()}>
      <App />
    </HarbourProvider>,
    root,
  );
}
