import type { TargetedKeyboardEvent } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatBytes } from '../../shared/text/format';
import { Button } from '../../shared/ui/button';
import type { Action, Decision } from '../api/decisions';
import type { AdminFile } from '../api/files';
import { actionsFor } from '../decisions/applicable';
import { DecideButtons } from '../decisions/decide-buttons';
import { texts as fileTexts } from '../files/texts';
import { addressOf } from '../state/route';
import { formatCount } from '../text';
import { Properties, Time } from '../../shared/ui/properties';
import { VerdictBadge } from '../ui/verdict-badge';
import { texts } from './texts';

const KEYS: Record<Action, string> = { rescan: 'S', release: 'R', block: 'B', delete: 'D' };
const STEPS: Partial<Record<string, number>> = { N: 1, P: -1 };

interface CurrentFileProps {
  file: AdminFile;
  /** Whether its name gets the focus: the operator comes from another file. */
  hasFocus: boolean;
  at: number;
  count: number;
  isMore: boolean;
  onMove: (step: number) => void;
  onDecided: (decision: Decision, action: Action) => void;
}

/** The file to decide about. Its keys work only while the focus is inside (WCAG 2.1.4). */
export function CurrentFile({ file, hasFocus, at, count, isMore, onMove, onDecided }: CurrentFileProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    if (hasFocus) heading.current?.focus();
  }, []);
  const [asking, setAsking] = useState<Action | null>(null);
  const actions = actionsFor(file);
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLElement>) => {
    if (asking !== null || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toUpperCase();
    const action = actions.find((each) => KEYS[each] === key);
    const step = STEPS[key];
    if (action === undefined && step === undefined) return;
    event.preventDefault();
    if (action) setAsking(action);
    else onMove(step ?? 0);
  };
  const { fields } = fileTexts;
  return (
    <section class="current-file" aria-label={texts.current} onKeyDown={onKeyDown} data-testid="current-file">
      <div class="current-head">
        <h3 ref={heading} tabIndex={-1} data-testid="current-name">
          <bdi>{file.filename}</bdi>
        </h3>
        <p class="hint" data-testid="position">
          {texts.position(formatCount(at + 1), `${formatCount(count)}${isMore ? '+' : ''}`)}
        </p>
      </div>
      <VerdictBadge verdict={file.virus_scan_status} />
      <Properties
        items={[
          [fields.result, file.virus_scan_result && <bdi>{file.virus_scan_result}</bdi>],
          [fields.quarantine, file.quarantine_reason && <bdi>{file.quarantine_reason}</bdi>],
          [fields.scanned, file.virus_scan_date && <Time at={file.virus_scan_date} />],
          [fields.scannedWith, file.scanned_with],
          [fields.decision, file.decision && <DecisionOf file={file} />],
          [fields.size, formatBytes(file.size)],
          [fields.type, file.content_type],
          [fields.owner, <bdi>{file.owner ?? '–'}</bdi>],
          [fields.policy, file.policy],
          [fields.created, <Time at={file.created_at} />],
          [fields.hold, file.legal_hold && fileTexts.yes],
        ]}
      />
      <div class="decide-bar">
        <DecideButtons
          target={{ file_ids: [file.id] }}
          name={file.filename}
          actions={actions}
          keys={KEYS}
          asking={asking}
          onAsk={setAsking}
          onDecided={(decision) => onDecided(decision, decision.action)}
        />
      </div>
      <p class="current-moves">
        <Button kind="quiet" onClick={() => onMove(-1)} disabled={at === 0} testId="previous">
          {texts.previous} <kbd>P</kbd>
        </Button>
        <Button kind="quiet" onClick={() => onMove(1)} disabled={at === count - 1} testId="next">
          {texts.next} <kbd>N</kbd>
        </Button>
        <a href={addressOf('files', file.id)}>{texts.open}</a>
      </p>
      <p class="hint">{texts.keys}</p>
    </section>
  );
}

function DecisionOf({ file: { decision } }: { file: AdminFile }) {
  if (decision === null) return null;
  return (
    <>
      {fileTexts.decided(fileTexts.actions[decision.action], decision.by)}
      {decision.reason && (
        <>
          {': '}
          <bdi>{decision.reason}</bdi>
        </>
      )}
    </>
  );
}
