import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { messages } from '../messages/index';
import { useAppContext } from '../page/app-context';
import { download } from '../file/downloads';
import type { PreviewItem, ShownPreview } from './open-preview';
import { linkTo, type PreviewKind, readText } from './preview';
import { useStore } from '../../shared/state/store';
import { Button } from '../../shared/ui/button';
import { DownloadIcon, LeftIcon, RightIcon } from '../../shared/ui/icons';
import { describeActionError, NotReadyError } from '../credential/action-errors';

export interface PreviewDialogProps {
  shown: ShownPreview;
  onClose: () => void;
}

/** Shows a file without saving it, and leads to the next and previous ones of the list. */
export function PreviewDialog({ shown, onClose }: PreviewDialogProps) {
  const { previews } = useAppContext();
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const { file } = shown;
  useStore(previews.rows);
  const { previous, next, place, count } = previews.place();
  const show = (item: PreviewItem | undefined) => item && previews.set({ file: item.file, kind: item.kind });
  useLayoutEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { key, target, altKey, ctrlKey, metaKey } = event;
      // a player moves along its recording, and a dialog above this one has its own fields
      if (
        altKey ||
        ctrlKey ||
        metaKey ||
        (target instanceof Element && target.matches('video, audio, input'))
      )
        return;
      if (key === 'ArrowLeft') show(previews.place().previous);
      if (key === 'ArrowRight') show(previews.place().next);
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [previews]);
  const { preview } = messages;
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
          <bdi data-testid="preview-name">{file.filename}</bdi>
        </h2>
        <Button onClick={() => dialog.current?.close()} testId="preview-close">
          {messages.dialogs.close}
        </Button>
      </div>
      <PreviewContent key={file.id} shown={shown} />
      <div class="preview-foot">
        <div class="preview-steps">
          <Button
            onClick={() => show(previous)}
            disabled={!previous}
            label={preview.previous}
            testId="preview-previous"
          >
            <LeftIcon />
          </Button>
          <Button onClick={() => show(next)} disabled={!next} label={preview.next} testId="preview-next">
            <RightIcon />
          </Button>
          <p class="hint" role="status" data-testid="preview-place">
            {count > 1 && preview.place(place, count)}
          </p>
        </div>
        <DownloadButton key={file.id} shown={shown} />
      </div>
    </dialog>
  );
}

function DownloadButton({ shown: { file, credential } }: { shown: ShownPreview }) {
  const { files } = useAppContext();
  const [problem, setProblem] = useState('');
  const start = async () => {
    setProblem('');
    try {
      if ((await download(files, file, setProblem, credential)) !== null) throw new NotReadyError();
    } catch (error) {
      setProblem(describeActionError(error));
    }
  };
  return (
    <>
      <Button onClick={() => void start()} testId="preview-download">
        <DownloadIcon /> {messages.row.download}
      </Button>
      <p class="problem" role="alert">
        {problem}
      </p>
    </>
  );
}

/** The file itself, by a fresh link. */
function PreviewContent({ shown: { file, kind, credential } }: { shown: ShownPreview }) {
  const context = useAppContext();
  const [url, setUrl] = useState('');
  const [problem, setProblem] = useState('');
  const { preview, row } = messages;
  useEffect(() => {
    linkTo(file, context, credential).then(
      (link) => (link === null ? setProblem(row.notReady) : setUrl(link)),
      (error: unknown) => setProblem(describeActionError(error)),
    );
  }, []);
  return (
    <>
      <p class="problem" role="alert" data-testid="preview-problem">
        {problem}
      </p>
      {!url && !problem && <p class="hint">{preview.loading}</p>}
      {url && !problem && (
        <Preview kind={kind} url={url} name={file.filename} onError={() => setProblem(preview.failed)} />
      )}
    </>
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
