import type { JobView } from '../api/files';
import { JobLink } from '../ui/job-link';
import { texts } from './texts';

/** What is known about all jobs. */
export interface JobContext {
  /** The address of rq-dashboard. */
  dashboard: string | null;
  /** Whether the queue could not be asked. */
  isJobUnknown: boolean;
}

/** The job of a scan, with a link to it. */
export function ScanJob({ job, dashboard, isJobUnknown }: JobContext & { job: JobView | null }) {
  if (job === null) return <span class="hint">{isJobUnknown ? texts.unknownJob : texts.noJob}</span>;
  const words: Readonly<Record<string, string>> = texts.jobStates;
  return (
    <span class="links">
      {Object.hasOwn(words, job.status) ? words[job.status] : job.status}
      {dashboard !== null && <JobLink dashboard={dashboard} id={job.id} />}
    </span>
  );
}
