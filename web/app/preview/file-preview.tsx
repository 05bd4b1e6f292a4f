import { useAppContext } from '../page/app-context';
import { useStore } from '../../shared/state/store';
import { laterDialog } from '../page/later-part';
import type { PreviewDialogProps } from './preview-dialog';

const PreviewDialog = laterDialog<PreviewDialogProps>((later) => later.PreviewDialog);

/** The preview of the file that was opened. */
export function FilePreview() {
  const { previews } = useAppContext();
  const shown = useStore(previews);
  return shown && <PreviewDialog shown={shown} onClose={() => previews.close()} />;
}
