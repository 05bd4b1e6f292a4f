import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { messages } from '../messages/index';
import { type PreviewKind, readText } from '../state/preview';
import { Button } from '../../shared/ui/button';
import { describeActionError } from './credential-dialog';

interface PreviewDialogProps {
  name: string;
  kind: PreviewKind;
  /** Fetches a link; throws the errors of the API. */
  fetchLink: () => Promise<string>;
  onClose: () => void;
}

/** Shows a file without saving it. */
export function PreviewDialog({ name, kind, fetchLink, onClose }: PreviewDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const [url, setUrl] = useState('');
  const [problem, setProblem] = useState('');
  const { preview } = messages;
  useLayoutEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    fetchLink().then(setUrl, (error: unknown) => setProblem(describeActionError(error)));
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
      {url && !problem && <Preview kind={kind} url={url} name={name} onError={fail} />}
    </dialog>
  );
}

interface PreviewProps {
  kind: PreviewKind;
  url: string;
  name: string;
  onError: () => void;
}

function Preview({ kind, url, name, onError }: PreviewProps) {
  const common = { src: url, onError, 'data-testid': `preview-${kind}` };
  switch (kind) {
    case 'picture':
      return <img alt={name} referrerpolicy="no-referrer" {...common} />;
    case 'video':
      return <video controls preload="metadata" aria-label={name} {...common} />;
    case 'audio':
      return <audio controls preload="metadata" aria-label={name} {...common} />;
    case 'text':
      return <TextPreview url={url} name={name} onError={onError} />;
  }
}

function TextPreview({ url, name, onError }: Omit<PreviewProps, 'kind'>) {
  const [content, setContent] = useState<{ text: string; more: boolean } | null>(null);
  useEffect(() => {
    const closed = new AbortController();
    readText(url, closed.signal).then(setContent, () => closed.signal.aborted || onError());
    return () => closed.abort();
  }, [url]);
  if (!content) return <p class="hint">{messages.preview.loading}</p>;
  return (
    <>
      <pre tabIndex={0} role="region" aria-label={name} dir="auto" data-testid="preview-text">
        {content.text}
      </pre>
      {content.more && <p class="hint">{messages.preview.more}</p>}
    </>
  );
}
