import { messages } from '../messages/index';
import { useAppContext } from './app-context';
import { isTransferring } from '../file/file-state';
import { PageHeader } from '../../shared/ui/frame';
import { Settings } from '../../shared/ui/settings';

export const Header = () => <PageHeader texts={messages.header} skipTo="#files-title" />;

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
