import { formatTime, locale } from '../../shared/text/format';
import { useServiceTime } from '../state/refresh';

const ages = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** "5 minutes ago", "in 2 days". `seconds` is the age. */
export function formatAge(seconds: number): string {
  const [unit, length] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? (['second', 1] as const);
  return ages.format(-Math.round(seconds / length), unit);
}

/** How long ago a time is, with the time as its title. */
export function Age({ at }: { at: string }) {
  const now = useServiceTime();
  return (
    <time dateTime={at} title={formatTime(at)}>
      {formatAge((now - Date.parse(at)) / 1000)}
    </time>
  );
}
