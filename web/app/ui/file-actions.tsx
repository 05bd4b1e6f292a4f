import { useState } from 'preact/hooks';
import { ApiError, type Credential, type FileRecord } from '../../client/index';
import { messages } from '../messages/index';
import { emptyCredential, readCredential } from '../state/credential';
import { download } from '../state/downloads';
import { isDownloadable, type RowState } from '../state/file-state';
import { useHarbour } from '../state/harbour';
import { describeError } from '../text/describe';
import { Button } from './button';
import { CredentialFields } from './credential-fields';
import { FormDialog } from './dialog';
import { AgainIcon, BinIcon, DownIcon } from './icons';

type Errand = 'download' | 'scanAgain' | 'delete';

interface FileActionsProps {
  file: FileRecord;
  state: RowState;
  /** Rows of this page's own uploads scan again by themselves; the others ask here. */
  onScanAgain?: () => void;
  /** The file is gone from storage. */
  onDeleted: () => void;
  /** Its state has changed. */
  onChanged: () => void;
}

/** What can be done with a stored file. A private one asks for its credential every time: it is kept nowhere. */
export function FileActions(props: FileActionsProps) {
  const { file, state } = props;
  const { row } = messages;
  const [asking, setAsking] = useState<Errand | null>(null);
  const [problem, setProblem] = useState('');
  const run = useErrands(props);
  const named = (action: string) => row.of(action, file.filename);

  const start = async (errand: 'download' | 'scanAgain') => {
    setProblem('');
    if (file.is_private) setAsking(errand);
    else await run[errand]().catch((error: unknown) => setProblem(describe(error)));
  };

  return (
    <>
      {isDownloadable(state) && (
        <Button onClick={() => void start('download')} label={named(row.download)} testId="download">
          <DownIcon /> <span class="button-word">{row.download}</span>
        </Button>
      )}
      {state === 'scan-failed' && (
        <Button
          onClick={props.onScanAgain ?? (() => void start('scanAgain'))}
          label={named(row.scanAgain)}
          testId="scan-again"
        >
          <AgainIcon /> <span class="button-word">{row.scanAgain}</span>
        </Button>
      )}
      <Button kind="quiet" onClick={() => setAsking('delete')} label={named(row.delete)} testId="delete">
        <BinIcon />
      </Button>
      <p class="problem" role="alert">
        {problem}
      </p>
      {asking && (
        <FileQuestion errand={asking} file={file} onAnswer={run[asking]} onClose={() => setAsking(null)} />
      )}
    </>
  );
}

/** Each errand throws what the API throws. */
function useErrands({ file, onDeleted, onChanged }: FileActionsProps) {
  const { files, uploader, announcer } = useHarbour();
  return {
    download: async (credential?: Credential) => {
      if (await download(files, file, credential)) return;
      onChanged();
      throw new NotReadyError();
    },
    scanAgain: async (credential?: Credential) => {
      await uploader.api.scanAgain(file.id, credential);
      onChanged();
    },
    delete: async (credential?: Credential) => {
      await files.remove(file.id, credential);
      announcer.say(messages.announce.deleted(file.filename));
      onDeleted();
    },
  };
}

interface FileQuestionProps {
  errand: Errand;
  file: FileRecord;
  onAnswer: (credential?: Credential) => Promise<void>;
  onClose: () => void;
}

/** Asks what an errand needs to know: that a deletion is meant, and a private file's credential. */
function FileQuestion({ errand, file, onAnswer, onClose }: FileQuestionProps) {
  const { dialogs } = messages;
  const [pairs, setPairs] = useState(emptyCredential);
  const answer = async () => {
    if (!file.is_private) return onAnswer();
    const credential = readCredential(pairs);
    if (typeof credential === 'string') throw new CredentialError(credential);
    return onAnswer(credential);
  };
  const deleting = errand === 'delete';
  return (
    <FormDialog
      title={deleting ? dialogs.deleteFileTitle : dialogs.credentialTitle}
      submitLabel={deleting ? dialogs.confirmDelete : dialogs.credentialGo[errand]}
      danger={deleting}
      testId={deleting ? 'delete-file-dialog' : 'credential-dialog'}
      onSubmit={answer}
      onClose={onClose}
      describe={describe}
    >
      {deleting && <p>{dialogs.deleteFile(file.filename)}</p>}
      {file.is_private && (
        <>
          <p>{dialogs.credential(file.filename)}</p>
          <CredentialFields pairs={pairs} onChange={setPairs} />
        </>
      )}
    </FormDialog>
  );
}

class NotReadyError extends Error {}

class CredentialError extends Error {
  constructor(readonly problem: 'missing' | 'twice') {
    super(problem);
  }
}

function describe(error: unknown): string {
  if (error instanceof NotReadyError) return messages.row.notReady;
  if (error instanceof CredentialError) return messages.secret[error.problem];
  if (error instanceof ApiError && error.status === 403) return messages.dialogs.wrongCredential;
  return describeError(error);
}
