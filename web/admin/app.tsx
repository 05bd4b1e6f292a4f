import { useEffect } from 'preact/hooks';
import { allows } from '../shared/api/account';
import { useStore } from '../shared/state/store';
import { Announcements } from '../shared/ui/announcements';
import { Banners } from '../shared/ui/banners';
import { RequireLogin } from '../shared/ui/require-login';
import { messages } from './messages/index';
import { useAdminContext } from './state/admin-context';
import { useRoute } from './state/route';
import { Footer, Header } from './ui/frame';
import { Navigation } from './ui/navigation';
import { ViewHead } from './ui/view-head';
import { viewOf } from './views';

/** The whole page: the login, then the view that the address names. */
export function AdminPage() {
  return (
    <>
      <RequireLogin header={<Header />} footer={<Footer />}>
        <Header />
        <RequireAdmin />
        <Footer />
      </RequireLogin>
      <Announcements />
    </>
  );
}

/** Shows the view to callers with the scope `admin`, and everyone where login is off. */
function RequireAdmin() {
  const { login } = useAdminContext();
  const account = useStore(login.account);
  const subject = account?.subject ?? null;
  if (account === null || subject === null || allows(account.scopes, 'admin')) return <CurrentView />;
  return <ScopeMissing subject={subject} />;
}

function ScopeMissing({ subject }: { subject: string }) {
  const { scopeMissing } = messages;
  return (
    <main class="page" data-testid="scope-missing">
      <ViewHead title={scopeMissing.title} />
      <p>{scopeMissing.text(subject)}</p>
      <p>
        <a href="/">{scopeMissing.toUploads}</a>
      </p>
    </main>
  );
}

function CurrentView() {
  const { health } = useAdminContext();
  const { view: name, id } = useRoute();
  useEffect(() => {
    void health.check();
    return () => health.stop();
  }, [health]);
  const view = viewOf(name);
  return (
    <>
      <Navigation current={view.path} />
      <main class="page admin-page">
        <Banners unreachableHint={messages.states.unreachableHint} />
        {/* another view or file starts with fresh state */}
        <view.Component key={`${view.path} ${id ?? ''}`} id={id} />
      </main>
    </>
  );
}
