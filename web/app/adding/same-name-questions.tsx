import { useRef } from 'preact/hooks';
import { useAppContext } from '../page/app-context';
import type { UploadEntry } from '../uploads/upload-entry';
import type { Uploading } from '../uploads/uploading';
import { useStore } from '../../shared/state/store';
import { SameNameDialog } from './same-name-dialog';

/** Asks about all files whose names are taken, the first one first. Closed, the files wait in their rows. */
export function SameNameQuestions() {
  const uploading = useStore(useAppContext().uploading);
  return uploading && <Questions uploading={uploading} />;
}

function Questions({ uploading: { queue, additions } }: { uploading: Uploading }) {
  const isAsking = useStore(additions.isAsking);
  useStore(queue.entries);
  const questions = isAsking ? additions.questions() : [];
  const last = useRef<UploadEntry | undefined>(undefined);
  const entry = questions[0] ?? last.current; // after the last choice until the dialog has closed
  last.current = isAsking ? entry : undefined;
  if (!isAsking || !entry) return null;
  const close = () => additions.isAsking.set(false);
  return <SameNameDialog entry={entry} questions={questions} onClose={close} />;
}
