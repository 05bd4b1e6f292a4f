import type { ComponentChildren } from 'preact';
import { describeError } from '../../shared/text/describe';
import { Button } from '../../shared/ui/button';
import { WarnIcon } from '../../shared/ui/icons';
import { messages } from '../messages/index';
import type { Answer } from '../state/answer';
import { textFor } from '../text';

/** The service could not be asked: never the same as an empty list. */
export function Failed({ problem, onRetry }: { problem: unknown; onRetry: () => void }) {
  return (
    <div class="list-end" role="alert" data-testid="list-failed">
      <p>
        <strong>{messages.states.failed}</strong> {describeError(problem)}
      </p>
      <Button onClick={onRetry} testId="list-retry">
        {messages.states.retry}
      </Button>
    </div>
  );
}

/** What is shown is out of date, because the service could not be asked again. */
export function Outdated({ problem, onRetry }: { problem: unknown; onRetry: () => void }) {
  return (
    <div class="banner" role="alert" data-testid="outdated">
      <WarnIcon />
      <p>
        <strong>{messages.states.outdated}</strong> {describeError(problem)}
      </p>
      <Button onClick={onRetry}>{messages.states.retry}</Button>
    </div>
  );
}

export function Loading() {
  return (
    <p class="list-end hint" data-testid="loading">
      {messages.states.loading}
    </p>
  );
}

export function Empty({ text, hint }: { text: string; hint?: string | undefined }) {
  return (
    <div class="list-end" data-testid="list-empty">
      <p>{text}</p>
      {hint && <p class="hint">{hint}</p>}
    </div>
  );
}

/** Names the dependencies that could not be asked, so that a missing value is not taken for "none". */
export function Unreachable({ names }: { names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <div class="banner" role="status" data-testid="unreachable">
      <WarnIcon />
      <p>{messages.states.unreachable(names.map(nameOf).join(', '))}</p>
    </div>
  );
}

/** Returns the name of a dependency for readers. */
export /** The name of a part of the service in a sentence. */
const nameOf = (dependency: string): string => textFor(messages.dependencies, dependency);

interface AnsweredProps<T> {
  answer: Answer<T>;
  children: (value: T) => ComponentChildren;
}

/** Shows an answer of the API; until there is one, that it is loading or has failed. */
export function Answered<T>({ answer, children }: AnsweredProps<T>) {
  const { value, status, problem, reload } = answer;
  const retry = () => void reload();
  if (value === undefined) {
    return status === 'failed' ? <Failed problem={problem} onRetry={retry} /> : <Loading />;
  }
  return (
    <>
      {status === 'failed' && <Outdated problem={problem} onRetry={retry} />}
      {children(value)}
    </>
  );
}
