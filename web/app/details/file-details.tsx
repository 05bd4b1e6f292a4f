import type { FileRecord } from '../../client/index';
import type { DetailsPanelProps } from './panel';
import { useAppContext } from '../page/app-context';
import { useStore } from '../../shared/state/store';
import { lazy } from '../../shared/ui/lazy';

const DetailsPanel = lazy<DetailsPanelProps>(() => import('./panel').then((module) => module.DetailsPanel));

interface FileDetailsProps {
  /** The records that the list shows. */
  listed: readonly FileRecord[];
  /** Called when the state of the file has changed. */
  onChanged: () => void;
}

/** The details of the file that was opened. */
export function FileDetails({ listed, onChanged }: FileDetailsProps) {
  const { details } = useAppContext();
  const open = useStore(details);
  if (!open) return null;
  const { id } = open.file;
  return (
    <DetailsPanel
      key={id}
      open={open}
      listed={listed.find((file) => file.id === id)}
      onChanged={onChanged}
      onClose={() => details.close()}
    />
  );
}
