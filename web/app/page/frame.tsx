import { messages } from '../messages/index';
import { useAppContext } from './app-context';
import { isTransferring } from '../file/file-state';
import { Logo } from '../../shared/ui/icons';
import { Settings } from '../../shared/ui/settings';

export function Header() {
  const { header } = messages;
  return (
    <header class="header">
      <a class="skip" href="#files-title">
        {header.skip}
      </a>
      <div class="header-inner">
        <Logo />
        <div>
          <h1>{header.name}</h1>
          <p>{header.tagline}</p>
        </div>
      </div>
    </header>
  );
}

export function Footer() {
  const { footer } = messages;
  const { entries } = useAppContext();
  return (
    <footer class="footer">
      <p>{footer.direct}</p>
      <a href="/api/docs">{footer.api}</a>
      <Settings isBusy={() => entries.get().some(({ state }) => isTransferring(state))} />
    </footer>
  );
}
