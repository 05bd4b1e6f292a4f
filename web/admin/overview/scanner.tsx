import { useServiceTime } from '../state/refresh';
import type { Overview, ScannerState } from '../api/operations';
import { Age, formatAge } from '../ui/age';
import { Properties } from '../../shared/ui/properties';
import { OLD_SIGNATURES } from './limits';
import { Known, Panel, Warning } from './panel';
import { texts } from './texts';

export function Scanner({ overview: { scanner, unreachable } }: { overview: Overview }) {
  return (
    <Panel title={texts.scanner.title} testId="scanner">
      <Known value={scanner} part="scanner" unreachable={unreachable} none={texts.scanner.none}>
        {(state) => <State state={state} />}
      </Known>
    </Panel>
  );
}

function State({ state }: { state: ScannerState }) {
  const { scanner: words } = texts;
  const { status, engine, signatures, signatures_at: at, advice } = state;
  const age = useServiceTime() - Date.parse(at ?? '');
  if (status === 'off') return <Warning>{words.off}</Warning>;
  return (
    <>
      {status === 'unsafe' && <Warning isBad>{words.unsafe}</Warning>}
      {age > OLD_SIGNATURES && <Warning testId="old-signatures">{words.old(formatAge(age / 1000))}</Warning>}
      <Properties
        items={[
          [words.engine, engine],
          [words.signatures, signatures],
          [words.age, at && <Age at={at} />],
        ]}
      />
      {advice.length > 0 && (
        <>
          <h4>{words.advice}</h4>
          <ul class="plain-list">
            {advice.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
