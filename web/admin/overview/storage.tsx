import { useState } from 'preact/hooks';
import { getUsage } from '../api/usage';
import { useAnswer } from '../state/answer';
import { useRefreshed } from '../state/refresh';
import { Answered } from '../ui/states';
import { History } from './chart/history';
import { Stored } from './stored';

/** Time between two refreshes: the sweeper counts every ten minutes. Milliseconds. */
const INTERVAL = 60_000;
const FIRST_DAYS = 30;

/** What is stored now, and since when. */
export function Storage({ isPaused }: { isPaused: boolean }) {
  const [days, setDays] = useState(FIRST_DAYS);
  const usage = useAnswer((http) => getUsage(http, days), [days]);
  useRefreshed(usage.reload, INTERVAL, !isPaused);
  return (
    <Answered answer={usage}>
      {(value) => (
        <div class="panels">
          <Stored usage={value} />
          <History days={days} onDays={setDays} history={value.history} />
        </div>
      )}
    </Answered>
  );
}
