import { useAppContext } from '../page/app-context';
import { useStore } from '../../shared/state/store';
import { lazy } from '../../shared/ui/lazy';
import type { PreviewDialogProps } from './preview-dialog';

const PreviewDialog = lazy<PreviewDialogProps>(() =>
  import('./preview-dialog').then((module) => module.PreviewDialog),
);

/** The preview of the file that was opened. */
export function FilePreview() {
  const { previews } = useAppContext();
  const shown = useStore(previews);
  return shown && <PreviewDialog shown={shown} onClose={() => previews.close()} />;
}
