import { translated } from '../../shared/messages/index';
import { isolate } from '../../shared/text/isolate';
import { jobAddress } from '../api/operations';

const texts = translated({
  en: { job: 'Job', label: (id: string) => `Job ${isolate(id)} in rq-dashboard` },
  de: { job: 'Job', label: (id) => `Job ${isolate(id)} im rq-dashboard` },
});

interface JobLinkProps {
  /** The address of rq-dashboard. */
  dashboard: string;
  id: string;
}

/** A link to a job in rq-dashboard, in a new tab. */
export function JobLink({ dashboard, id }: JobLinkProps) {
  return (
    <a
      href={jobAddress(dashboard, id)}
      target="_blank"
      rel="noopener noreferrer"
      aria-label={texts.label(id)}
      data-testid="job-link"
    >
      {texts.job}
    </a>
  );
}
