import type { ComponentType } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { sharedMessages as messages } from '../messages/index';
import { Button } from './button';

interface WithClose {
  onClose: () => void;
}

/** Returns a dialog whose code is loaded when it is first opened, as most visits need none of it. */
export function lazy<Props extends WithClose>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  let loaded: ComponentType<Props> | null = null;
  return function Lazy(props: Props) {
    const [Dialog, setDialog] = useState(() => loaded);
    const [hasFailed, setFailed] = useState(false);
    useEffect(() => {
      if (Dialog) return;
      load().then(
        (component) => {
          loaded = component;
          setDialog(() => component);
        },
        () => setFailed(true),
      );
    }, []);
    if (hasFailed) return <LoadProblem onClose={props.onClose} />;
    return Dialog && <Dialog {...props} />;
  };
}

/** The code could not be loaded: there is no connection, or the service has a newer page. */
function LoadProblem({ onClose }: WithClose) {
  const { loadProblem, dialogs } = messages;
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useLayoutEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={titleId}
      onClose={onClose}
      data-testid="load-problem"
    >
      <form method="dialog">
        <h2 id={titleId}>{loadProblem.title}</h2>
        <p>{loadProblem.text}</p>
        <div class="dialog-actions">
          <Button type="submit" testId="dialog-cancel">
            {dialogs.cancel}
          </Button>
          <Button kind="primary" onClick={() => location.reload()} testId="dialog-confirm">
            {loadProblem.reload}
          </Button>
        </div>
      </form>
    </dialog>
  );
}
