import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { sharedMessages as messages } from '../messages/index';
import { FormDialog } from './dialog';

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
  const { loadProblem } = messages;
  const reload = () => {
    location.reload();
    return Promise.resolve();
  };
  return (
    <FormDialog
      title={loadProblem.title}
      submitLabel={loadProblem.reload}
      testId="load-problem"
      onSubmit={reload}
      onClose={onClose}
    >
      <p>{loadProblem.text}</p>
    </FormDialog>
  );
}
