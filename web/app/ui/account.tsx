import { messages } from '../messages/index';
import { allows, type Account } from '../api/account';
import { useHarbour } from '../state/harbour';
import { useStore } from '../state/store';
import { formatBytes } from '../text/format';
import { Button } from './button';

/** Who is signed in, what is taken of the quota, and the way out; nothing where no login is wanted. */
export function AccountBar() {
  const { login } = useHarbour();
  const account = useStore(login.account);
  const subject = account?.subject ?? null;
  if (account === null || subject === null) return null;
  const limits = limitOf(account);
  return (
    <aside class="account" aria-label={messages.login.account} data-testid="account">
      <span>{messages.login.as(subject)}</span>
      {limits && <span data-testid="scope-note">{limits}</span>}
      <Quota account={account} />
      <Button kind="quiet" onClick={() => login.signOut()} testId="sign-out">
        {messages.login.signOut}
      </Button>
    </aside>
  );
}

function Quota({ account: { used_bytes: used, allowed_bytes: allowed } }: { account: Account }) {
  const { login } = messages;
  if (used === null) return null;
  if (allowed === null) return <span data-testid="quota">{login.used(formatBytes(used))}</span>;
  return (
    <span class="quota" data-testid="quota">
      {login.usedOf(formatBytes(used), formatBytes(allowed))}
      <meter value={used} max={allowed} high={allowed * 0.9} aria-hidden="true" />
    </span>
  );
}

/** Whether the key allows what a scope allows; until the service has said so, everything is offered. */
export function useMay(scope: string): boolean {
  const { login } = useHarbour();
  const account = useStore(login.account);
  return account === null || allows(account.scopes, scope);
}

/** What the key does not allow, where that is much of the page. */
function limitOf({ scopes }: Account): string | null {
  if (!allows(scopes, 'read')) return messages.login.uploadOnly;
  if (!allows(scopes, 'upload')) return messages.login.readOnly;
  return allows(scopes, 'delete') ? null : messages.login.noDelete;
}
