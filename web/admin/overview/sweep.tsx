import { formatBytes } from '../../shared/text/format';
import type { Overview, Sweep as LastSweep } from '../api/operations';
import { useServiceTime } from '../state/refresh';
import { formatCount } from '../text';
import { Age } from '../ui/age';
import { Properties, type Property } from '../../shared/ui/properties';
import { LATE_SWEEP } from './limits';
import { Known, Panel, Warning } from './panel';
import { texts } from './texts';
import { wordOf } from './words';

const { sweep: words } = texts;

/** When the sweeper ran last, and what it did. */
export function Sweep({ overview: { sweep, unreachable } }: { overview: Overview }) {
  return (
    <Panel title={words.title} testId="sweep">
      <Known value={sweep} part="database" unreachable={unreachable} none={words.none}>
        {(last) => <Result sweep={last} />}
      </Known>
    </Panel>
  );
}

function Result({ sweep }: { sweep: LastSweep }) {
  const isLate = useServiceTime() - Date.parse(sweep.ended_at) > LATE_SWEEP;
  const counts = countsOf(sweep);
  return (
    <>
      {isLate && <Warning testId="late-sweep">{words.late}</Warning>}
      <Properties items={[[words.ended, <Age key="at" at={sweep.ended_at} />], ...counts]} />
      {counts.length === 0 && <p class="hint">{words.quiet}</p>}
      {sweep.errors.length > 0 && (
        <>
          <h4>{words.errors}</h4>
          <ul class="plain-list" data-testid="sweep-errors">
            {sweep.errors.map((error) => (
              <li key={error}>{error}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

/** The counts that are not zero. */
function countsOf(sweep: LastSweep): Property[] {
  return Object.entries(sweep)
    .filter((entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] > 0)
    .map(([name, count]) => [
      wordOf(words.counts, name),
      name === 'orphan_bytes' ? formatBytes(count) : formatCount(count),
    ]);
}
