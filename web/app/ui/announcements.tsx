import { useHarbour } from '../state/harbour';
import { useStore } from '../state/store';

/** Read aloud by screen readers, seen by nobody. The space makes repeated words a change. */
export function Announcements() {
  const { text, urgent, count } = useStore(useHarbour().announcer);
  const said = count % 2 ? `${text} ` : text;
  return (
    <div class="unseen">
      <div role="status" aria-live="polite" data-testid="announcement">
        {urgent ? '' : said}
      </div>
      <div role="alert" aria-live="assertive" data-testid="announcement-urgent">
        {urgent ? said : ''}
      </div>
    </div>
  );
}
