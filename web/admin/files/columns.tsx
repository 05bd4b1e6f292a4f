import { formatBytes } from '../../shared/text/format';
import { LockIcon } from '../../shared/ui/icons';
import type { AdminFile } from '../api/files';
import { addressOf } from '../state/route';
import { Time } from '../../shared/ui/properties';
import type { Column } from '../ui/table';
import { VerdictBadge } from '../ui/verdict-badge';
import { texts } from './texts';

const { columns: titles } = texts;

/** `<bdi>` isolates the direction of untrusted text. */
export const COLUMNS: readonly Column<AdminFile>[] = [
  {
    key: 'name',
    title: titles.name,
    isHead: true,
    render: (file) => (
      <>
        <a href={addressOf('files', file.id)} data-testid="file-link">
          <bdi>{file.filename}</bdi>
        </a>
        {file.is_private && (
          <span class="tag">
            <LockIcon /> {texts.private}
          </span>
        )}
        {file.legal_hold && <span class="tag">{texts.hold}</span>}
      </>
    ),
  },
  {
    key: 'verdict',
    title: titles.verdict,
    render: ({ virus_scan_status, virus_scan_result }) => (
      <div>
        <VerdictBadge verdict={virus_scan_status} />
        {virus_scan_result && (
          <p class="hint">
            <bdi>{virus_scan_result}</bdi>
          </p>
        )}
      </div>
    ),
  },
  { key: 'size', title: titles.size, render: ({ size }) => <span class="number">{formatBytes(size)}</span> },
  { key: 'owner', title: titles.owner, render: ({ owner }) => <bdi>{owner ?? '–'}</bdi> },
  { key: 'policy', title: titles.policy, render: ({ policy }) => <bdi>{policy}</bdi> },
  { key: 'created', title: titles.created, render: ({ created_at }) => <Time at={created_at} /> },
];
