import type { ComponentChildren } from 'preact';
import type { FileRecord } from '../../client/index';
import { messages } from '../messages/index';
import { useAppContext } from '../page/app-context';

/** Its children, which open the details of a stored file. */
export function DetailsButton({ file, children }: { file: FileRecord | null; children: ComponentChildren }) {
  const { details } = useAppContext();
  if (!file) return children;
  return (
    <button
      type="button"
      class="details-button"
      aria-haspopup="dialog"
      title={messages.details.open(file.filename)}
      onClick={() => details.open(file)}
      data-testid="details"
    >
      {children}
    </button>
  );
}
