import type { ComponentChildren } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { messages } from '../messages/index';
import { useHarbour } from '../state/harbour';
import { useStore } from '../state/store';
import { describeError } from '../text/describe';
import { AccountBar } from './account';
import { Button } from './button';
import { Header } from './frame';

/** Lets the page be used where no key is needed, or once there is one; else asks for it. */
export function Gate({ children }: { children: ComponentChildren }) {
  const { login } = useHarbour();
  const door = useStore(login.door);
  useEffect(() => {
    void login.check();
    return () => login.stop();
  }, [login]);
  if (door === 'asking') return null;
  if (door !== 'in') return <Door refused={door === 'refused'} />;
  return (
    <>
      <AccountBar />
      {children}
    </>
  );
}

function Door({ refused }: { refused: boolean }) {
  const { login } = useHarbour();
  const inputId = useId();
  const [token, setToken] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(refused ? messages.login.refused : '');

  const enter = async (event: SubmitEvent) => {
    event.preventDefault();
    if (token.trim() === '') {
      setProblem(messages.dialogs.required);
      return;
    }
    setBusy(true);
    try {
      if (await login.enter(token.trim())) return;
      setProblem(messages.login.wrong);
    } catch (error) {
      setProblem(describeError(error));
    }
    setBusy(false);
  };

  return (
    <>
      <Header />
      <main class="page">
        <form class="door" onSubmit={(event) => void enter(event)} noValidate data-testid="login">
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
            {messages.login.enter}
          </Button>
        </form>
      </main>
    </>
  );
}
