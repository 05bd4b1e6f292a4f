import { useState } from 'preact/hooks';
import { type Credential, type FileRecord } from '../../client/index';
import { messages } from '../messages/index';
import { download } from '../state/downloads';
import { isDownloadable, type RowState } from '../state/file-state';
import { useHarbour } from '../state/harbour';
import { useStore } from '../state/store';
import { useMay } from './account';
import { Button } from './button';
import { describeErrand, type Errand, FileQuestion, NotReadyError } from './file-question';
import { AgainIcon, BinIcon, DownIcon } from './icons';

interface FileActionsProps {
  file: FileRecord;
  state: RowState;
  /** Rows of this page's own uploads scan again by themselves; the others ask here. */
  onScanAgain?: () => void;
  /** Its state has changed. */
  onChanged: () => void;
}

/** What can be done with a stored file. A private one asks for its credential every time: it is kept nowhere. */
export function FileActions(props: FileActionsProps) {
  const { file, state } = props;
  const { row } = messages;
  const [asking, setAsking] = useState<Exclude<Errand, 'preview'> | null>(null);
  const [problem, setProblem] = useState('');
  const run = useErrands(props);
  const refusal = useRefusal(file.id);
  const mayDelete = useMay('delete');
  const named = (action: string) => row.of(action, file.filename);

  const start = async (errand: keyof typeof run) => {
    setProblem('');
    if (file.is_private) setAsking(errand);
    else await run[errand]().catch((error: unknown) => setProblem(describeErrand(error)));
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
      {mayDelete && (
        <Button kind="quiet" onClick={() => void start('delete')} label={named(row.delete)} testId="delete">
          <BinIcon />
        </Button>
      )}
      <p class="problem" role="alert">
        {problem || refusal}
      </p>
      {asking && (
        <FileQuestion errand={asking} file={file} onAnswer={run[asking]} onClose={() => setAsking(null)} />
      )}
    </>
  );
}

/** Each errand throws what the API throws. */
function useErrands({ file, onChanged }: FileActionsProps) {
  const { files, uploader, announcer, deletions, queue } = useHarbour();
  return {
    download: async (credential?: Credential) => {
      const fresh = await download(files, file, credential);
      if (fresh === null) return;
      queue.renew(fresh);
      onChanged();
      throw new NotReadyError();
    },
    scanAgain: async (credential?: Credential) => {
      await uploader.api.scanAgain(file.id, credential);
      onChanged();
    },
    /** A private file's credential is looked at first: nothing goes that then comes back. */
    delete: async (credential?: Credential) => {
      if (credential) await files.check(file.id, credential);
      deletions.add(file, credential);
      announcer.say(messages.announce.deleted(file.filename));
    },
  };
}

/** Why the file was not deleted, where somebody wanted that; '' otherwise. */
function useRefusal(id: string): string {
  const { deletions } = useHarbour();
  useStore(deletions);
  const problem = deletions.problemOf(id);
  return problem === undefined ? '' : messages.row.notDeleted(describeErrand(problem));
}
