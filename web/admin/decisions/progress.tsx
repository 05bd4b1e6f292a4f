import { useState } from 'preact/hooks';
import { useStore } from '../../shared/state/store';
import { describeError } from '../../shared/text/describe';
import { Button } from '../../shared/ui/button';
import { approveDecision, cancelDecision, type Decision, isEnded } from '../api/decisions';
import { useAdminContext } from '../state/admin-context';
import { addressOf } from '../state/route';
import { formatCount } from '../text';
import { ConfirmDialog } from '../ui/confirm-dialog';
import { DecisionBadge } from './state-badge';
import { texts } from './texts';
import type { ShownDecision } from './use-decision';
import { describeFiles, describeOthers } from './words';

interface DecisionProgressProps {
  shown: ShownDecision;
  /** Whether it is shown next to files, with a link to its own view. */
  isPanel?: boolean;
}

/** How far a decision is, with buttons to cancel and to approve it. */
export function DecisionProgress({ shown, isPanel = false }: DecisionProgressProps) {
  const { decision, problem, show } = shown;
  if (decision === null) return null;
  const { progress } = texts;
  const processed = decision.done + decision.skipped + decision.failed;
  return (
    <section class="decision" aria-label={progress.label} data-testid="decision" data-state={decision.state}>
      <p class="decision-head">
        <strong>{progress.heading(texts.actions[decision.action], describeFiles(decision))}</strong>
        <DecisionBadge state={decision.state} />
      </p>
      {decision.state !== 'waiting' && (
        <progress
          value={processed}
          max={Math.max(1, decision.matched, processed)}
          aria-label={progress.label}
        />
      )}
      <p class="figures" data-testid="decision-figures">
        <span>{progress.done(formatCount(decision.done))}</span>
        {describeOthers(decision) && <span>{describeOthers(decision)}</span>}
      </p>
      {decision.state === 'waiting' && <p>{progress.waiting}</p>}
      {decision.problem && <p class="note">{progress.problem(decision.problem)}</p>}
      {problem !== undefined && <p class="problem">{describeError(problem)}</p>}
      <Reasons decision={decision} />
      <p class="decision-actions">
        <DecisionButtons decision={decision} onChanged={show} />
        {isPanel && decision.decision_id && (
          <a href={addressOf('decisions', decision.decision_id)}>{progress.open}</a>
        )}
        {isPanel && (
          <Button kind="quiet" onClick={() => show(null)} testId="dismiss-decision">
            {progress.dismiss}
          </Button>
        )}
      </p>
    </section>
  );
}

function Reasons({ decision: { reasons } }: { decision: Decision }) {
  if (reasons.length === 0) return null;
  return (
    <details open={reasons.length <= 5} data-testid="decision-reasons">
      <summary>{texts.progress.reasons}</summary>
      <ul class="plain-list">
        {reasons.map(({ file_id, reason }) => (
          <li key={file_id}>
            <a class="code" href={addressOf('files', file_id)}>
              {file_id}
            </a>{' '}
            {reason}
          </li>
        ))}
      </ul>
    </details>
  );
}

interface DecisionButtonsProps {
  decision: Decision;
  onChanged: (decision: Decision) => void;
}

/** Cancel, and approve for another operator than the one who created it. */
export function DecisionButtons({ decision, onChanged }: DecisionButtonsProps) {
  const { http, login } = useAdminContext();
  const subject = useStore(login.account)?.subject;
  const [asking, setAsking] = useState<'cancel' | 'approve' | null>(null);
  const id = decision.decision_id;
  if (id === null || isEnded(decision)) return null;
  const mayApprove = decision.state === 'waiting' && decision.created_by !== subject;
  const close = () => setAsking(null);
  return (
    <>
      {mayApprove && (
        <Button kind="primary" onClick={() => setAsking('approve')} testId="approve">
          {texts.progress.approve}
        </Button>
      )}
      <Button onClick={() => setAsking('cancel')} testId="cancel-decision">
        {texts.progress.cancel}
      </Button>
      {asking === 'cancel' && (
        <ConfirmDialog
          title={texts.cancelTitle}
          text={texts.cancelText}
          submitLabel={texts.progress.cancel}
          isDanger
          onConfirm={async () => onChanged(await cancelDecision(http, id))}
          onClose={close}
        />
      )}
      {asking === 'approve' && (
        <ConfirmDialog
          title={texts.approveTitle}
          text={texts.approveText(decision.created_by, decision.reason ?? '')}
          submitLabel={texts.progress.approve}
          reasonLabel={texts.dialog.optionalReason}
          onConfirm={async (reason) => onChanged(await approveDecision(http, id, reason))}
          onClose={close}
        />
      )}
    </>
  );
}
