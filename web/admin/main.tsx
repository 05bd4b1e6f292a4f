import './styles/index.css';
import { render } from 'preact';
import { sharedMessages } from '../shared/messages/index';
import { PageContextProvider } from '../shared/state/page-context';
import { AdminPage } from './app';
import { createAdminContext } from './state/admin-context';

document.documentElement.lang = sharedMessages.locale;
const root = document.getElementById('app');
if (root) {
  render(
    <PageContextProvider value={createAdminContext()}>
      <AdminPage />
    </PageContextProvider>,
    root,
  );
}
