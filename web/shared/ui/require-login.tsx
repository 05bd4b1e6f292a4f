import type { ComponentChildren } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { sharedMessages as messages } from '../messages/index';
import { usePageContext } from '../state/page-context';
import { useStore } from '../state/store';
import { describeError } from '../text/describe';
import { AccountBar } from './account';
import { Button } from './button';

/** Shows the page where no login is needed or the user is signed in; else the login form. */
interface RequireLoginProps {
  /** The page's header, above the form. */
  header: ComponentChildren;
  /** The page's footer, below the form. */
  footer: ComponentChildren;
  children: ComponentChildren;
}

export function RequireLogin({ header, footer, children }: RequireLoginProps) {
  const { login } = usePageContext();
  const state = useStore(login.state);
  useEffect(() => {
    void login.check();
    return () => login.stop();
  }, [login]);
  if (state === 'checking') return null;
  if (state !== 'ready')
    return (
      <>
        {header}
        <LoginForm expired={state === 'expired'} />
        {footer}
      </>
    );
  return (
    <>
      <AccountBar />
      {children}
    </>
  );
}

function LoginForm({ expired }: { expired: boolean }) {
  const { login } = usePageContext();
  const inputId = useId();
  const [token, setToken] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(expired ? messages.login.expired : '');

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (token.trim() === '') {
      setProblem(messages.dialogs.required);
      return;
    }
    setBusy(true);
    try {
      if (await login.signIn(token.trim())) return;
      setProblem(messages.login.wrong);
    } catch (error) {
      setProblem(describeError(error));
    }
    setBusy(false);
  };

  return (
    <main class="page">
      <form class="login-form" onSubmit={(event) => void submit(event)} noValidate data-testid="login">
        <h2 id="files-title">{messages.login.title}</h2>
        <p>{messages.login.hint}</p>
        <div class="field">
          <label for={inputId}>{messages.login.label}</label>
          <input
            id={inputId}
            type="password"
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
            autocomplete="off"
            spellcheck={false}
            data-testid="login-token"
          />
        </div>
        <p class="problem" role="alert" data-testid="login-problem">
          {problem}
        </p>
        <Button type="submit" kind="primary" disabled={busy} testId="login-enter">
          {messages.login.submit}
        </Button>
      </form>
    </main>
  );
}
