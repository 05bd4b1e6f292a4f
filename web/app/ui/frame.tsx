import { messages } from '../messages/index';
import { Logo } from '../../shared/ui/icons';

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
  return (
    <footer class="footer">
      <p>{footer.direct}</p>
      <a href="/api/docs">{footer.api}</a>
    </footer>
  );
}
