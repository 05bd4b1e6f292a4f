import { addressOf } from '../state/route';
import { Age } from '../ui/age';
import type { WorkerJob } from '../api/operations';
import { JobLink } from '../ui/job-link';
import { texts } from './texts';

const { workers: words } = texts;

interface WorksOnProps {
  job: WorkerJob | null;
  /** The address of rq-dashboard. */
  dashboard: string | null;
}

/** The job of a worker, with links to its file and to the job. */
export function WorksOn({ job, dashboard }: WorksOnProps) {
  if (job === null) return <span class="hint">{words.nothing}</span>;
  const { id, kind, file_id, filename, started_at } = job;
  return (
    <span data-testid="works-on">
      {kind === null ? words.foreign : words.kinds[kind]}
      {file_id !== null && (
        <>
          {': '}
          <a href={addressOf('files', file_id)}>
            <bdi>{filename ?? file_id}</bdi>
          </a>
        </>
      )}
      {started_at !== null && (
        <>
          {' · '}
          <Age at={started_at} />
        </>
      )}
      {dashboard !== null && (
        <>
          {' · '}
          <JobLink dashboard={dashboard} id={id} />
        </>
      )}
    </span>
  );
}
