import { useId, useRef, useState } from 'preact/hooks';
import { messages } from '../messages/index';
import { useAppContext } from '../page/app-context';
import { isHeld, isTransferring } from '../file/file-state';
import { useTabTitle } from './tab-title';
import { TotalMeter } from './total';
import { useUploading } from '../uploads/use-uploading';
import type { UploadEntry } from '../uploads/upload-entry';
import { useWakeLock } from './wake-lock';
import { useStore } from '../../shared/state/store';
import { Button } from '../../shared/ui/button';
import { FormDialog } from '../../shared/ui/dialog';
import { CrossIcon, PauseIcon, PlayIcon } from '../../shared/ui/icons';
import { ProgressLine } from './progress-line';

export interface TransfersProps {
  entries: readonly UploadEntry[];
}

/** The progress and the buttons of all uploads together, for two or more, and the choice to be notified at their end. */
export function Transfers({ entries }: TransfersProps) {
  const meter = useRef(new TotalMeter());
  const total = meter.current.read(entries, performance.now());
  const transferring = entries.filter(({ state }) => isTransferring(state));
  useTabTitle(total);
  useWakeLock(transferring.some(({ state }) => state !== 'paused'));
  if (!total) return null;
  const { fileList } = messages;
  return (
    <div class="total-progress" data-testid="transfers">
      {transferring.length > 1 && (
        <div class="total-figures" data-testid="total-progress">
          <p>{fileList.uploading(transferring.length)}</p>
          <ProgressLine progress={total} label={fileList.totalProgress} />
          <TransferButtons transferring={transferring} entries={entries} />
        </div>
      )}
      <NoticeSwitch />
    </div>
  );
}

interface TransferButtonsProps {
  transferring: readonly UploadEntry[];
  entries: readonly UploadEntry[];
}

/** One button pauses or resumes all uploads, and keeps the focus; the other cancels them after a question. */
function TransferButtons({ transferring, entries }: TransferButtonsProps) {
  const { announcer } = useAppContext();
  const { queue } = useUploading();
  const [isCancelling, setIsCancelling] = useState(false);
  const { transfers } = messages;
  const arePaused = transferring.every(({ state }) => state === 'paused');
  const open = transferring.length + entries.filter(({ state }) => isHeld(state)).length;
  const toggle = () => {
    if (arePaused) queue.resumeAll();
    else queue.pauseAll();
    announcer.announce(arePaused ? transfers.allResumed : transfers.allPaused);
  };
  const cancel = () => {
    queue.cancelAll();
    announcer.announce(transfers.allCancelled);
    return Promise.resolve();
  };
  return (
    <div class="total-actions">
      <Button onClick={toggle} testId={arePaused ? 'resume-all' : 'pause-all'}>
        {arePaused ? <PlayIcon /> : <PauseIcon />} {arePaused ? transfers.resumeAll : transfers.pauseAll}
      </Button>
      <Button onClick={() => setIsCancelling(true)} testId="cancel-all">
        <CrossIcon /> {transfers.cancelAll}
      </Button>
      {isCancelling && (
        <FormDialog
          title={transfers.cancelTitle}
          submitLabel={transfers.cancelAll}
          danger
          testId="cancel-all-dialog"
          onSubmit={cancel}
          onClose={() => setIsCancelling(false)}
        >
          <p>{transfers.cancelQuestion(open)}</p>
        </FormDialog>
      )}
    </div>
  );
}

/** Asks the browser for its permission only when the user turns it on. */
function NoticeSwitch() {
  const { notice } = useUploading();
  const state = useStore(notice);
  const id = useId();
  const { transfers } = messages;
  if (state === 'missing') return null;
  return (
    <div class="switch notice-switch">
      <input
        id={id}
        type="checkbox"
        role="switch"
        checked={state === 'on'}
        onChange={({ currentTarget }) =>
          // the browser may refuse again, which changes no state
          void notice
            .choose(currentTarget.checked)
            .then(() => (currentTarget.checked = notice.get() === 'on'))
        }
        data-testid="notice-switch"
      />
      <label for={id}>{transfers.notify}</label>
      <span class="hint" role="status">
        {state === 'denied' && transfers.denied}
      </span>
    </div>
  );
}
