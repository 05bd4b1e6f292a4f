import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { FileRecord } from '../../client/index';
import { useStore } from '../../shared/state/store';
import { formatBytes } from '../../shared/text/format';
import { laterDialog, laterPart } from '../page/later-part';
import { messages } from '../messages/index';
import { useAppContext } from '../page/app-context';
import { type BulkAction, type BulkFailure, type BulkPlan, planBulk } from './bulk';
import type { BulkButtonsProps } from './bulk-buttons';
import type { BulkRunProps } from './bulk-dialog';
import { describeActionError } from '../credential/action-errors';

/** Failures that are shown with their reasons. */
const SHOWN_FAILURES = 3;

const BulkButtons = laterPart<BulkButtonsProps>((later) => later.BulkButtons);
const BulkRun = laterDialog<BulkRunProps>((later) => later.BulkRun);

interface SelectionBarProps {
  /** The files that can be chosen, in the order of their rows. */
  files: readonly FileRecord[];
  /** The folder that is shown, '' for none. */
  folder: string;
  /** Called when files were changed. */
  onChanged: () => void;
}

/** Chooses all files; number and size of the chosen ones, and what can be done with them. */
export function SelectionBar({ files, folder, onChanged }: SelectionBarProps) {
  const { selection, announcer } = useAppContext();
  const chosenIds = useStore(selection);
  // before the user can choose any of them
  useLayoutEffect(() => selection.show(files), [selection, files]);
  const [plan, setPlan] = useState<BulkPlan | null>(null);
  const [failures, setFailures] = useState<{ action: BulkAction; all: readonly BulkFailure[] } | null>(null);
  const { selection: texts } = messages;
  useEffect(() => {
    if (chosenIds.size === 0) setFailures(null);
  }, [chosenIds]);
  // keeps its height, so that the rows do not move when the list has loaded
  if (files.length === 0) return <div class="selection-bar" />;

  const chosen = files.filter(({ id }) => chosenIds.has(id));
  const finish = (action: BulkAction, count: number, failed: readonly BulkFailure[]) => {
    if (failed.length < count) announcer.announce(texts.done[action](count - failed.length));
    if (action === 'move' || action === 'scanAgain') onChanged();
    if (failed.length > 0) setFailures({ action, all: failed });
  };
  const start = (action: BulkAction) => {
    setFailures(null);
    setPlan(planBulk(action, chosen));
  };
  return (
    <div class="selection-bar" role="group" aria-label={texts.title} data-testid="selection-bar">
      <SelectAll count={chosen.length} />
      <span class="figures" data-testid="selected">
        {chosen.length > 0 && (
          <>
            <span>{texts.chosen(chosen.length)}</span>
            <span>{formatBytes(chosen.reduce((total, { size }) => total + size, 0))}</span>
          </>
        )}
      </span>
      {chosen.length > 0 && <BulkButtons chosen={chosen} onAction={start} />}
      <p class="problem" role="alert" data-testid="selection-problem">
        {failures && describeFailures(failures.action, failures.all)}
      </p>
      {plan && (
        <BulkRun
          plan={plan}
          folder={folder}
          onDone={(count, failed) => finish(plan.action, count, failed)}
          onClose={() => setPlan(null)}
        />
      )}
    </div>
  );
}

function SelectAll({ count }: { count: number }) {
  const { selection } = useAppContext();
  const box = useRef<HTMLInputElement>(null);
  const { isAll } = selection;
  useEffect(() => {
    if (box.current) box.current.indeterminate = count > 0 && !isAll;
  });
  return (
    <label class="select-all">
      <input
        ref={box}
        type="checkbox"
        checked={isAll}
        aria-label={messages.selection.all}
        onClick={() => (isAll ? selection.clear() : selection.all())}
        data-testid="select-all"
      />
      {count === 0 && messages.selection.all}
    </label>
  );
}

function describeFailures(action: BulkAction, failures: readonly BulkFailure[]): string {
  const { selection: texts } = messages;
  const reasons = failures
    .slice(0, SHOWN_FAILURES)
    .map(({ file, error }) => texts.reason(file.filename, describeActionError(error)));
  const more = failures.length - reasons.length;
  return [
    texts.failed(texts.actions[action], failures.length),
    ...reasons,
    more > 0 ? texts.andMore(more) : '',
  ]
    .filter(Boolean)
    .join(' ');
}
