import { useServiceTime } from '../state/refresh';
import { Age } from '../ui/age';
import { texts } from './texts';

/** When the next attempt is due at the latest. */
export function NextAttempt({ at }: { at: string | null }) {
  const now = useServiceTime();
  if (at === null) return <>{texts.noAttempt}</>;
  return Date.parse(at) <= now ? <>{texts.due}</> : <Age at={at} />;
}
