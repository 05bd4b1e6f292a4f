import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { sharedMessages as messages } from '../messages/index';
import { describeError } from '../text/describe';
import { Button } from './button';

interface FormDialogProps {
  title: string;
  children: ComponentChildren;
  submitLabel: string;
  danger?: boolean;
  testId: string;
  /** The dialog closes when it resolves; on an error the dialog stays open and shows it. */
  onSubmit: () => Promise<void>;
  onClose: () => void;
  /** Returns the text for an error. */
  describe?: (error: unknown) => string;
  /** Whether it closes once it was submitted; a function is called then. */
  closes?: boolean | (() => boolean);
  /** Default: "Cancel", or "Keep" for a dangerous action. */
  cancelLabel?: string;
}

/** A modal form with a submit and a cancel button; the browser traps and restores the focus. */
export function FormDialog(props: FormDialogProps) {
  const {
    title,
    children,
    submitLabel,
    danger = false,
    testId,
    onSubmit,
    onClose,
    describe = describeError,
    closes = true,
    cancelLabel = danger ? messages.dialogs.keep : messages.dialogs.cancel,
  } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');

  useLayoutEffect(() => dialog.current?.showModal(), []);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem('');
    try {
      await onSubmit();
      if (typeof closes === 'function' ? closes() : closes) dialog.current?.close();
      else setBusy(false);
    } catch (error) {
      setProblem(describe(error));
      setBusy(false);
    }
  };

  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={titleId} onClose={onClose} data-testid={testId}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <h2 id={titleId}>{title}</h2>
        {children}
        <p class="problem" role="alert" data-testid="dialog-problem">
          {problem}
        </p>
        <div class="dialog-actions">
          <Button onClick={() => dialog.current?.close()} testId="dialog-cancel">
            {cancelLabel}
          </Button>
          <Button type="submit" kind={danger ? 'danger' : 'primary'} disabled={busy} testId="dialog-confirm">
            {submitLabel}
          </Button>
        </div>
      </form>
    </dialog>
  );
}
