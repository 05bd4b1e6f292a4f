import { Badge } from '../../shared/ui/badge';
import { CheckIcon, WarnIcon } from '../../shared/ui/icons';
import { formatCount } from '../text';
import { texts } from './texts';
import type { VerificationState } from './use-verification';

const { verify: words } = texts;

/** What a check has found, also one that was stopped. */
export function VerificationResult({ state }: { state: VerificationState }) {
  const { status, checked, deleted, unsealed, last, flaws } = state;
  if (status === 'ready') return null;
  const isDone = status === 'done';
  return (
    <div class="verify-result">
      {flaws.length > 0 && (
        <>
          <Badge tone="bad" icon={WarnIcon} text={words.bad(formatCount(flaws.length))} testId="verify-bad" />
          <ul class="plain-list" data-testid="flaws">
            {flaws.map(({ sequence, problem }) => (
              <li key={`${sequence} ${problem}`}>{words.flaw(sequence, problem)}</li>
            ))}
          </ul>
        </>
      )}
      {isDone && flaws.length === 0 && (
        <Badge tone="good" icon={CheckIcon} text={words.good(formatCount(checked))} testId="verify-good" />
      )}
      {status === 'stopped' && <p>{words.stopped(formatCount(checked))}</p>}
      {isDone && unsealed > 0 && <p>{words.unsealed(formatCount(unsealed))}</p>}
      {isDone && deleted > 0 && <p>{words.deleted(formatCount(deleted))}</p>}
      {isDone && (
        <p>
          {words.last} <code data-testid="verify-last">{last}</code>
        </p>
      )}
    </div>
  );
}
