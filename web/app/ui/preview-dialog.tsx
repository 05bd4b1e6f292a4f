import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { messages } from '../messages/index';
import { type PreviewKind, readText } from '../state/preview';
import { Button } from './button';
import { describeErrand } from './file-question';

interface PreviewDialogProps {
  name: string;
  kind: PreviewKind;
  /** Asks for a link; throws what the API throws. */
  link: () => Promise<string>;
  onClose: () => void;
}

/** A file looked at without saving it. */
export function PreviewDialog({ name, kind, link, onClose }: PreviewDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const [url, setUrl] = useState('');
  const [problem, setProblem] = useState('');
  const { preview } = messages;
  useLayoutEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    link().then(setUrl, (error: unknown) => setProblem(describeErrand(error)));
  }, []);
  const fail = () => setProblem(preview.failed);
  return (
    <dialog
      ref={dialog}
      class="dialog dialog-preview"
      aria-labelledby={titleId}
      onClose={onClose}
      data-testid="preview-dialog"
    >
      <div class="preview-head">
        <h2 id={titleId}>
          <bdi>{name}</bdi>
        </h2>
        <Button onClick={() => dialog.current?.close()} testId="preview-close">
          {messages.dialogs.close}
        </Button>
      </div>
      <p class="problem" role="alert" data-testid="preview-problem">
        {problem}
      </p>
      {!url && !problem && <p class="hint">{preview.loading}</p>}
      {url && !problem && <Showing kind={kind} url={url} name={name} onError={fail} />}
    </dialog>
  );
}

interface ShowingProps {
  kind: PreviewKind;
  url: string;
  name: string;
  onError: () => void;
}

function Showing({ kind, url, name, onError }: ShowingProps) {
  const common = { src: url, onError, 'data-testid': `preview-${kind}` };
  switch (kind) {
    case 'picture':
      return <img alt={name} referrerpolicy="no-referrer" {...common} />;
    case 'video':
      return <video controls preload="metadata" aria-label={name} {...common} />;
    case 'audio':
      return <audio controls preload="metadata" aria-label={name} {...common} />;
    case 'text':
      return <TextShowing url={url} name={name} onError={onError} />;
  }
}

function TextShowing({ url, name, onError }: Omit<ShowingProps, 'kind'>) {
  const [read, setRead] = useState<{ text: string; more: boolean } | null>(null);
  useEffect(() => {
    const leaving = new AbortController();
    readText(url, leaving.signal).then(setRead, () => leaving.signal.aborted || onError());
    return () => leaving.abort();
  }, [url]);
  if (!read) return <p class="hint">{messages.preview.loading}</p>;
  return (
    <>
      <pre tabIndex={0} role="region" aria-label={name} dir="auto" data-testid="preview-text">
        {read.text}
      </pre>
      {read.more && <p class="hint">{messages.preview.more}</p>}
    </>
  );
}
