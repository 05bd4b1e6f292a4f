import { useState } from 'preact/hooks';
import { type Credential, type FileRecord } from '../../client/index';
import { messages } from '../messages/index';
import { download } from './downloads';
import { isDownloadable, type RowState } from './file-state';
import { useAppContext } from '../page/app-context';
import { useStore } from '../../shared/state/store';
import { useHasScope } from '../../shared/ui/account';
import { Button } from '../../shared/ui/button';
import { useRename } from '../changes/use-rename';
import { describeActionError, NotReadyError } from '../credential/action-errors';
import { CredentialDialog } from '../credential/ask-credential';
import { BinIcon, DownloadIcon, PencilIcon, RetryIcon } from '../../shared/ui/icons';

interface FileActionsProps {
  file: FileRecord;
  state: RowState;
  /** Replaces the default action for the rows of this page's own uploads. */
  onScanAgain?: () => void;
  /** Called when the state of the file has changed. */
  onChanged: () => void;
}

/** The buttons of a stored file. A private file asks for its credential every time, because the page does not store it. */
export function FileActions(props: FileActionsProps) {
  const { file, state } = props;
  const { row } = messages;
  const [asking, setAsking] = useState<keyof ReturnType<typeof useFileActions> | null>(null);
  const [problem, setProblem] = useState('');
  const run = useFileActions(props, setProblem);
  const deletionProblem = useDeletionProblem(file.id);
  const mayDelete = useHasScope('delete');
  const mayChange = useHasScope('upload');
  const rename = useRename(file);
  const labelFor = (action: string) => row.actionFor(action, file.filename);

  const start = async (action: keyof typeof run) => {
    setProblem('');
    if (file.is_private) setAsking(action);
    else await run[action]().catch((error: unknown) => setProblem(describeActionError(error)));
  };

  return (
    <>
      {isDownloadable(state) && (
        <Button onClick={() => void start('download')} label={labelFor(row.download)} testId="download">
          <DownloadIcon /> <span class="button-word">{row.download}</span>
        </Button>
      )}
      {state === 'scan-failed' && mayChange && (
        <Button
          onClick={props.onScanAgain ?? (() => void start('scanAgain'))}
          label={labelFor(row.scanAgain)}
          testId="scan-again"
        >
          <RetryIcon /> <span class="button-word">{row.scanAgain}</span>
        </Button>
      )}
      {mayChange && (
        <Button kind="quiet" onClick={rename.start} label={labelFor(row.rename)} testId="rename">
          <PencilIcon />
        </Button>
      )}
      {mayDelete && (
        <Button
          kind="quiet"
          onClick={() => void start('delete')}
          label={labelFor(row.delete)}
          testId="delete"
        >
          <BinIcon />
        </Button>
      )}
      <p class="problem" role="alert">
        {problem || deletionProblem}
      </p>
      {rename.dialog}
      {asking && (
        <CredentialDialog
          action={asking}
          file={file}
          onCredential={run[asking]}
          onClose={() => setAsking(null)}
        />
      )}
    </>
  );
}

/** Returns the actions of a file; each throws the errors of the API. */
function useFileActions({ file, onChanged }: FileActionsProps, onProblem: (text: string) => void) {
  const { files, announcer, deletions, entries } = useAppContext();
  return {
    download: async (credential?: Credential) => {
      const fresh = await download(files, file, onProblem, credential);
      if (fresh === null) return;
      entries.updateRecord(fresh);
      onChanged();
      throw new NotReadyError();
    },
    scanAgain: async (credential?: Credential) => {
      await files.scanAgain(file.id, credential);
      onChanged();
    },
    /** Checks a private file's credential first, so that the deletion cannot fail later because of it. */
    delete: async (credential?: Credential) => {
      if (credential) await files.check(file.id, credential);
      deletions.add(file, credential);
      announcer.announce(messages.announcements.deleted(file.filename));
    },
  };
}

/** Returns why the file could not be deleted, or ''. */
function useDeletionProblem(id: string): string {
  const { deletions } = useAppContext();
  useStore(deletions);
  const problem = deletions.problemOf(id);
  return problem === undefined ? '' : messages.row.notDeleted(describeActionError(problem));
}
