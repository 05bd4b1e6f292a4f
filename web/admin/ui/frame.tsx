import { Logo } from '../../shared/ui/icons';
import { Settings } from '../../shared/ui/settings';
import { messages } from '../messages/index';
import { TITLE_ID } from './view-head';

export function Header() {
  const { header } = messages;
  return (
    <header class="header">
      <a
        class="skip"
        href={location.hash}
        onClick={(event) => {
          event.preventDefault(); // the address names the view
          document.getElementById(TITLE_ID)?.focus();
        }}
      >
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
  return (
    <footer class="footer">
      <a href="/">{footer.uploads}</a>
      <a href="/api/docs">{footer.api}</a>
      <Settings />
    </footer>
  );
}
