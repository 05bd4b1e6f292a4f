import type { ComponentType } from 'preact';
import { formatBytes } from '../../shared/text/format';
import { Badge, type Tone } from '../../shared/ui/badge';
import { ClockIcon, SearchIcon, WarnIcon } from '../../shared/ui/icons';
import type { Scan, ScanState } from '../api/scans';
import { addressOf } from '../state/route';
import { formatCount } from '../text';
import { type JobContext, ScanJob } from './job';
import { NextAttempt } from './next-attempt';
import type { Column } from '../ui/table';
import { texts } from './texts';

const { columns: titles } = texts;
const STYLES: Record<ScanState, [Tone, ComponentType]> = {
  running: ['busy', SearchIcon],
  waiting: ['calm', ClockIcon],
  failed: ['care', WarnIcon],
};

export const columns = (context: JobContext): readonly Column<Scan>[] => [
  {
    key: 'name',
    title: titles.file,
    isHead: true,
    render: ({ file_id, filename }) => (
      <a href={addressOf('files', file_id)} data-testid="file-link">
        <bdi>{filename}</bdi>
      </a>
    ),
  },
  {
    key: 'state',
    title: titles.state,
    render: ({ state }) => {
      const [tone, icon] = STYLES[state];
      return <Badge tone={tone} icon={icon} text={texts.states[state]} testId="scan-state" />;
    },
  },
  {
    key: 'attempts',
    title: titles.attempts,
    render: ({ scan_attempts }) => <span class="number">{formatCount(scan_attempts)}</span>,
  },
  { key: 'due', title: titles.due, render: ({ scan_due_at }) => <NextAttempt at={scan_due_at} /> },
  { key: 'error', title: titles.error, render: ({ last_error }) => <bdi>{last_error ?? '–'}</bdi> },
  { key: 'job', title: titles.job, render: ({ job }) => <ScanJob job={job} {...context} /> },
  { key: 'owner', title: titles.owner, render: ({ owner }) => <bdi>{owner ?? '–'}</bdi> },
  {
    key: 'size',
    title: titles.size,
    render: ({ size }) => <span class="number">{formatBytes(size)}</span>,
  },
];
