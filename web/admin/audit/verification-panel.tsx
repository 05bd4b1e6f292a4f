import { useId, useState } from 'preact/hooks';
import { describeError } from '../../shared/text/describe';
import { Button } from '../../shared/ui/button';
import { formatCount } from '../text';
import { Section } from '../../shared/ui/section';
import { texts } from './texts';
import { useVerification, type VerificationState } from './use-verification';
import { VerificationResult } from './verification-result';

const { verify: words } = texts;

/** Checks whether entries were changed or removed. */
export function VerificationPanel({ onClose }: { onClose: () => void }) {
  const headId = useId();
  const hintId = useId();
  const [head, setHead] = useState('');
  const { state, start, stop } = useVerification();
  const isRunning = state.status === 'running';
  return (
    <div class="panel" data-testid="verification" data-state={state.status}>
      <Section title={words.title}>
        <p class="hint">{words.hint}</p>
        <form
          class="verify-form"
          onSubmit={(event) => {
            event.preventDefault();
            void start(head.trim());
          }}
        >
          <div class="field">
            <label for={headId}>{words.head}</label>
            <input
              id={headId}
              value={head}
              onInput={(event) => setHead(event.currentTarget.value)}
              autocomplete="off"
              spellcheck={false}
              aria-describedby={hintId}
              data-testid="verify-head"
            />
            <p class="hint" id={hintId}>
              {words.headHint}
            </p>
          </div>
          <div class="view-actions">
            <Button type="submit" kind="primary" disabled={isRunning} testId="verify-start">
              {words.run}
            </Button>
            {isRunning ? (
              <Button onClick={stop} testId="verify-stop">
                {words.cancel}
              </Button>
            ) : (
              <Button kind="quiet" onClick={onClose} testId="verify-close">
                {words.close}
              </Button>
            )}
          </div>
        </form>
        {isRunning && <Running state={state} />}
        <div role="status" data-testid="verify-result">
          <VerificationResult state={state} />
        </div>
        {state.status === 'failed' && (
          <p class="problem" role="alert">
            {describeError(state.problem)}
          </p>
        )}
      </Section>
    </div>
  );
}

function Running({ state: { checked, deleted, newest } }: { state: VerificationState }) {
  const amount = newest === undefined ? {} : { value: deleted + checked, max: Math.max(1, newest) };
  return (
    <>
      <progress {...amount} aria-label={words.progress} />
      <p class="hint">{words.running(formatCount(checked))}</p>
    </>
  );
}
