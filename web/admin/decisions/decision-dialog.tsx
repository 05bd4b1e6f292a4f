import { useState } from 'preact/hooks';
import { describeError } from '../../shared/text/describe';
import { FormDialog } from '../../shared/ui/dialog';
import { type Action, countFiles, type Decision, decide, NEED_REASON, type Target } from '../api/decisions';
import { useAdminContext } from '../state/admin-context';
import { type Answer, useAnswer } from '../state/answer';
import { ReasonField } from '../ui/reason-field';
import { texts } from './texts';
import { describeFiles } from './words';

export interface DecisionDialogProps {
  action: Action;
  target: Target;
  /** The file's name, if it is one. */
  name?: string | undefined;
  onDecided: (decision: Decision) => void;
  onClose: () => void;
}

/** Shows what a decision would be about, and asks for the reason. */
export function DecisionDialog(props: DecisionDialogProps) {
  const { action, target, name, onDecided, onClose } = props;
  const { dialog } = texts;
  const { http } = useAdminContext();
  const [reason, setReason] = useState('');
  const isFilter = 'filter' in target;
  const count = useAnswer<Decision | null>(
    (client) => (isFilter ? countFiles(client, action, target) : Promise.resolve(null)),
    [],
  );
  const needsReason = NEED_REASON.includes(action);
  const submit = async () => {
    if (needsReason && reason.trim() === '') throw new MissingReasonError();
    if (isFilter && !count.value?.matched) throw new NotCountedError();
    onDecided(await decide(http, action, target, reason.trim() || undefined));
  };
  return (
    <FormDialog
      title={name === undefined ? dialog[action] : dialog.one[action](name)}
      submitLabel={texts.actions[action]}
      danger={action === 'delete'}
      testId="decision-dialog"
      onSubmit={submit}
      onClose={onClose}
      describe={describeProblem}
    >
      {name === undefined && <WhichFiles target={target} count={count} />}
      <p>{dialog.about[action]}</p>
      <ReasonField
        label={needsReason ? dialog.reason : dialog.optionalReason}
        hint={dialog.reasonHint}
        value={reason}
        onInput={setReason}
        isRequired={needsReason}
      />
    </FormDialog>
  );
}

function WhichFiles({ target, count }: { target: Target; count: Answer<Decision | null> }) {
  const { dialog } = texts;
  if ('file_ids' in target) {
    return <p>{describeFiles({ matched: target.file_ids.length, is_exact: true })}</p>;
  }
  return (
    <p role="status" data-testid="matched">
      {describeCount(count)}
      {count.status === 'failed' && (
        <span class="problem"> {dialog.notCounted(describeError(count.problem))}</span>
      )}
    </p>
  );
}

function describeCount({ status, value }: Answer<Decision | null>): string {
  const { dialog } = texts;
  if (status === 'loading') return dialog.counting;
  if (!value) return '';
  return value.matched === 0 ? dialog.nothing : dialog.counted(describeFiles(value));
}

class MissingReasonError extends Error {}
class NotCountedError extends Error {}

function describeProblem(error: unknown): string {
  if (error instanceof MissingReasonError) return texts.dialog.reasonMissing;
  return error instanceof NotCountedError ? '' : describeError(error);
}
