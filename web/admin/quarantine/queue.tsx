import type { AdminFile } from '../api/files';
import { formatBytes } from '../../shared/text/format';
import { texts } from './texts';

interface QueueProps {
  files: readonly AdminFile[];
  current: string;
  onChoose: (file: AdminFile) => void;
}

/** All files in line, the current one marked. */
export function Queue({ files, current, onChoose }: QueueProps) {
  return (
    <section class="queue" aria-label={texts.list}>
      <ol data-testid="queue">
        {files.map((file) => (
          <li key={file.id}>
            <button
              type="button"
              aria-current={file.id === current ? 'true' : undefined}
              onClick={() => onChoose(file)}
              data-testid="queue-file"
            >
              <bdi>{file.filename}</bdi>
              <span class="hint">{formatBytes(file.size)}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
