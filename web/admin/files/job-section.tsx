import { getDashboardUrl, type JobView } from '../api/files';
import { jobAddress } from '../api/operations';
import { useAnswer } from '../state/answer';
import { texts as scanTexts } from '../scans/texts';
import { formatCount, textFor } from '../text';
import { Properties, Time } from '../../shared/ui/properties';
import { Section } from '../../shared/ui/section';
import { texts } from './texts';

const { fields } = texts;

/** The scan's job in the queue, with a link to its dashboard. */
export function JobSection({ job, isUnknown }: { job: JobView | null; isUnknown: boolean }) {
  return (
    <Section title={texts.sections.job}>
      {job === null ? (
        <p data-testid="no-job">{isUnknown ? texts.unknownJob : texts.noJob}</p>
      ) : (
        <>
          <Properties
            items={[
              [fields.job, <code>{job.id}</code>],
              [fields.state, textFor(scanTexts.jobStates, job.status)],
              [fields.queued, job.enqueued_at && <Time at={job.enqueued_at} />],
              [fields.started, job.started_at && <Time at={job.started_at} />],
              [fields.ended, job.ended_at && <Time at={job.ended_at} />],
              [fields.attempts, formatCount(job.attempts)],
              [fields.error, job.last_error && <bdi>{job.last_error}</bdi>],
            ]}
            testId="job"
          />
          <DashboardLink job={job} />
        </>
      )}
    </Section>
  );
}

/** Nothing where no dashboard is configured, or while its address is unknown. */
function DashboardLink({ job }: { job: JobView }) {
  const { value: url } = useAnswer(getDashboardUrl, []);
  if (!url) return null;
  return (
    <p>
      <a href={jobAddress(url, job.id)} target="_blank" rel="noopener noreferrer" data-testid="to-dashboard">
        {texts.dashboard}
      </a>
    </p>
  );
}
