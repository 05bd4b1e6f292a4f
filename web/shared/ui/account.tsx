import { sharedMessages as messages } from '../messages/index';
import { allows, type Account } from '../api/account';
import { usePageContext } from '../state/page-context';
import { useStore } from '../state/store';
import { formatBytes } from '../text/format';
import { Button } from './button';

/** Shows the signed-in subject, its quota and a button to sign out; nothing without login. */
export function AccountBar() {
  const { login } = usePageContext();
  const account = useStore(login.account);
  const subject = account?.subject ?? null;
  if (account === null || subject === null) return null;
  const restriction = restrictionOf(account);
  return (
    <aside class="account" aria-label={messages.login.account} data-testid="account">
      <span>{messages.login.signedInAs(subject)}</span>
      {restriction && <span data-testid="scope-note">{restriction}</span>}
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

/** Whether the key has a scope; true until the service has answered. */
export function useHasScope(scope: string): boolean {
  const { login } = usePageContext();
  const account = useStore(login.account);
  return account === null || allows(account.scopes, scope);
}

/** Describes what the key does not allow, or returns null. */
function restrictionOf({ scopes }: Account): string | null {
  if (!allows(scopes, 'read')) return messages.login.uploadOnly;
  if (!allows(scopes, 'upload')) return messages.login.readOnly;
  return allows(scopes, 'delete') ? null : messages.login.noDelete;
}
