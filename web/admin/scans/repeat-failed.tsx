import { useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { RetryIcon } from '../../shared/ui/icons';
import type { Decision, Target } from '../api/decisions';
import { DecisionDialog } from '../decisions/decision-dialog';
import { texts } from './texts';

const FAILED: Target = { filter: { virus_scan_status: 'error' } };

/** A button that repeats all failed scans, after it has shown how many they are. */
export function RepeatFailed({ onDecided }: { onDecided: (decision: Decision) => void }) {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <Button onClick={() => setAsking(true)} testId="repeat-failed">
        <RetryIcon />
        {texts.repeat}
      </Button>
      {isAsking && (
        <DecisionDialog
          action="rescan"
          target={FAILED}
          onDecided={onDecided}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
