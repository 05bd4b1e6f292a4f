import { useRef, useState } from 'preact/hooks';
import type { Credential, FileRecord } from '../../client/index';
import { messages } from '../messages/index';
import type { RowState } from '../state/file-state';
import { useAppContext } from '../state/app-context';
import { linkTo, previewKind } from '../state/preview';
import { MAX_BYTES } from '../state/thumbnail';
import { FileTypeIcon } from './file-type-icon';
import { CredentialDialog, NotReadyError } from './credential-dialog';
import { SearchIcon, PlayIcon } from '../../shared/ui/icons';
import { PreviewDialog } from './preview-dialog';
import { Thumbnail } from './thumbnail';

/** The icon of a stored file; a button that opens the preview where there is one. */
export function PreviewButton({ file, state }: { file: FileRecord; state: RowState }) {
  const context = useAppContext();
  const [open, setOpen] = useState<'credential' | 'preview' | null>(null);
  const credentialRef = useRef<Credential | undefined>(undefined);
  const kind = previewKind(file, state);
  const icon = <FileTypeIcon name={file.filename} />;
  if (!kind) return icon;

  const label = messages.row.actionFor(messages.row.preview, file.filename);
  const fetchLink = async () => {
    const url = await linkTo(file, context, credentialRef.current);
    if (url === null) throw new NotReadyError();
    return url;
  };
  const hasThumbnail = kind === 'picture' && !file.is_private && file.size <= MAX_BYTES;
  return (
    <>
      <button
        type="button"
        class="preview-button"
        aria-label={label}
        title={label}
        onClick={() => setOpen(file.is_private ? 'credential' : 'preview')}
        data-testid="preview"
      >
        {hasThumbnail ? <Thumbnail file={file}>{icon}</Thumbnail> : icon}
        <span class="preview-button-mark">
          {kind === 'video' || kind === 'audio' ? <PlayIcon /> : <SearchIcon />}
        </span>
      </button>
      {open === 'credential' && (
        <CredentialDialog
          action="preview"
          file={file}
          onCredential={async (credential) => {
            await context.files.check(file.id, credential);
            credentialRef.current = credential;
          }}
          onClose={() => setOpen(credentialRef.current ? 'preview' : null)}
        />
      )}
      {open === 'preview' && (
        <PreviewDialog
          name={file.filename}
          kind={kind}
          fetchLink={fetchLink}
          onClose={() => {
            credentialRef.current = undefined;
            setOpen(null);
          }}
        />
      )}
    </>
  );
}
