import { usePageContext } from '../state/page-context';
import { useStore } from '../state/store';

/** Visually hidden live regions for screen readers. The trailing space makes a repeated text a change. */
export function Announcements() {
  const { text, urgent, count } = useStore(usePageContext().announcer);
  const spoken = count % 2 ? `${text} ` : text;
  return (
    <div class="visually-hidden">
      <div role="status" aria-live="polite" data-testid="announcement">
        {urgent ? '' : spoken}
      </div>
      <div role="alert" aria-live="assertive" data-testid="announcement-urgent">
        {urgent ? spoken : ''}
      </div>
    </div>
  );
}
