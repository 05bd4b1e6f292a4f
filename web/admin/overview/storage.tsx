import { useState } from 'preact/hooks';
import { getUsage } from '../api/usage';
import { useAnswer } from '../state/answer';
import { useRefreshed } from '../state/refresh';
import { Also } from './also';
import { History } from './chart/history';
import { Stored } from './stored';

/** Time between two refreshes: the sweeper counts every ten minutes. Milliseconds. */
const INTERVAL = 60_000;
const FIRST_DAYS = 30;

interface StorageProps {
  isPaused: boolean;
  /** Whether the view shows already that the service could not be asked. */
  isFailing: boolean;
}

/** What is stored now, and since when. */
export function Storage({ isPaused, isFailing }: StorageProps) {
  const [days, setDays] = useState(FIRST_DAYS);
  const usage = useAnswer((http) => getUsage(http, days), [days]);
  useRefreshed(usage.reload, INTERVAL, !isPaused);
  return (
    <Also answer={usage} isFailing={isFailing}>
      {(value) => (
        <div class="panels">
          <Stored usage={value} />
          <History days={days} onDays={setDays} history={value.history} />
        </div>
      )}
    </Also>
  );
}
