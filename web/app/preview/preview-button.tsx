import { useEffect, useRef, useState } from 'preact/hooks';
import type { Credential, FileRecord } from '../../client/index';
import { messages } from '../messages/index';
import type { RowState } from '../file/file-state';
import { useAppContext } from '../page/app-context';
import { type PreviewKind, previewKind } from './preview';
import { FileTypeIcon } from '../file/file-type-icon';
import { CredentialDialog } from '../credential/ask-credential';
import { SearchIcon, PlayIcon } from '../../shared/ui/icons';
import { laterPart } from '../page/later-part';
import type { ThumbnailProps } from './thumbnail';

const Thumbnail = laterPart<ThumbnailProps>((later) => later.Thumbnail);
/** Larger pictures have no thumbnail. */
const MAX_BYTES = 10_000_000;

/** The icon of a stored file; a button that opens the preview where there is one. */
export function PreviewButton({ file, state }: { file: FileRecord; state: RowState }) {
  const kind = previewKind(file, state);
  return kind ? <OpenButton file={file} kind={kind} /> : <FileTypeIcon name={file.filename} />;
}

function OpenButton({ file, kind }: { file: FileRecord; kind: PreviewKind }) {
  const { previews, files } = useAppContext();
  const button = useRef<HTMLButtonElement>(null);
  const [asking, setAsking] = useState(false);
  const credential = useRef<Credential>(undefined);
  useEffect(() => {
    if (button.current) return previews.add({ file, kind, button: button.current });
  }, [file, kind]);
  const label = messages.row.actionFor(messages.row.preview, file.filename);
  const icon = <FileTypeIcon name={file.filename} />;
  const hasThumbnail = kind === 'picture' && !file.is_private && file.size <= MAX_BYTES;
  const start = () => {
    credential.current = undefined;
    if (file.is_private) setAsking(true);
    else previews.set({ file, kind });
  };
  return (
    <>
      <button
        type="button"
        class="preview-button"
        ref={button}
        aria-label={label}
        title={label}
        onClick={start}
        data-testid="preview"
      >
        {hasThumbnail ? <Thumbnail file={file}>{icon}</Thumbnail> : icon}
        <span class="preview-button-mark">
          {kind === 'video' || kind === 'audio' ? <PlayIcon /> : <SearchIcon />}
        </span>
      </button>
      {asking && (
        <CredentialDialog
          action="preview"
          file={file}
          onCredential={async (given) => {
            await files.check(file.id, given);
            credential.current = given;
          }}
          onClose={() => {
            setAsking(false);
            if (credential.current) previews.set({ file, kind, credential: credential.current });
          }}
        />
      )}
    </>
  );
}
