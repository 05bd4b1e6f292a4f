import { useRef, useState } from 'preact/hooks';
import type { Credential, FileRecord } from '../../client/index';
import { messages } from '../messages/index';
import type { RowState } from '../state/file-state';
import { useHarbour } from '../state/harbour';
import { linkTo, previewKind } from '../state/preview';
import { MAX_BYTES } from '../state/thumbnail';
import { Crate } from './crate';
import { FileQuestion, NotReadyError } from './file-question';
import { LensIcon, PlayIcon } from './icons';
import { PreviewDialog } from './preview-dialog';
import { Thumbnail } from './thumbnail';

/** What stands for a stored file at the head of its row: what can be shown is shown at a press of it. */
export function FileSign({ file, state }: { file: FileRecord; state: RowState }) {
  const harbour = useHarbour();
  const [open, setOpen] = useState<'question' | 'preview' | null>(null);
  const named = useRef<Credential | undefined>(undefined);
  const kind = previewKind(file, state);
  const crate = <Crate name={file.filename} />;
  if (!kind) return crate;

  const label = messages.row.of(messages.row.preview, file.filename);
  const link = async () => {
    const url = await linkTo(file, harbour, named.current);
    if (url === null) throw new NotReadyError();
    return url;
  };
  const small = kind === 'picture' && !file.is_private && file.size <= MAX_BYTES;
  return (
    <>
      <button
        type="button"
        class="sign"
        aria-label={label}
        title={label}
        onClick={() => setOpen(file.is_private ? 'question' : 'preview')}
        data-testid="preview"
      >
        {small ? <Thumbnail file={file}>{crate}</Thumbnail> : crate}
        <span class="sign-mark">{kind === 'video' || kind === 'audio' ? <PlayIcon /> : <LensIcon />}</span>
      </button>
      {open === 'question' && (
        <FileQuestion
          errand="preview"
          file={file}
          onAnswer={async (credential) => {
            await harbour.files.check(file.id, credential);
            named.current = credential;
          }}
          onClose={() => setOpen(named.current ? 'preview' : null)}
        />
      )}
      {open === 'preview' && (
        <PreviewDialog
          name={file.filename}
          kind={kind}
          link={link}
          onClose={() => {
            named.current = undefined;
            setOpen(null);
          }}
        />
      )}
    </>
  );
}
