import type { ComponentChildren } from 'preact';
import type { Answer } from '../state/answer';
import { Answered } from '../ui/states';

interface AlsoProps<T> {
  answer: Answer<T>;
  /** Whether the view shows already that the service could not be asked. */
  isFailing: boolean;
  children: (value: T) => ComponentChildren;
}

/** Shows one more answer of the API. If everything fails, one message is enough. */
export function Also<T>({ answer, isFailing, children }: AlsoProps<T>) {
  if (!isFailing || answer.status !== 'failed') return <Answered answer={answer}>{children}</Answered>;
  return answer.value === undefined ? null : <>{children(answer.value)}</>;
}
