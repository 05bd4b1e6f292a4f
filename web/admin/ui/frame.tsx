import { PageHeader } from '../../shared/ui/frame';
import { Settings } from '../../shared/ui/settings';
import { messages } from '../messages/index';
import { TITLE_ID } from './view-head';

export function Header() {
  const skip = (event: Event) => {
    event.preventDefault(); // the address names the view
    document.getElementById(TITLE_ID)?.focus();
  };
  return <PageHeader texts={messages.header} skipTo={location.hash} onSkip={skip} />;
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
