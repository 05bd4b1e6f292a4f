import type { Overview, SafetyState } from '../api/operations';
import { Age } from '../ui/age';
import { Properties } from '../../shared/ui/properties';
import { Known, Panel, Warning } from './panel';
import { texts } from './texts';
import { wordOf } from './words';

const { safety: words } = texts;

/** The result of the last attacks on storage. */
export function Safety({ overview }: { overview: Overview }) {
  return (
    <Panel title={words.title} testId="storage-safety">
      <Known
        value={overview.storage_safety}
        part="database"
        unreachable={overview.unreachable}
        none={words.none}
      >
        {(state) => <State state={state} />}
      </Known>
    </Panel>
  );
}

function State({ state: { checked_at, let_through } }: { state: SafetyState }) {
  const passed = Object.entries(let_through).filter(([, attacks]) => attacks.length > 0);
  return (
    <>
      {passed.length === 0 ? <p>{words.safe}</p> : <Warning isBad>{words.unsafe}</Warning>}
      {passed.map(([address, attacks]) => (
        <div key={address}>
          <h4>{wordOf(words.addresses, address)}</h4>
          <ul class="plain-list">
            {attacks.map((attack) => (
              <li key={attack}>{attack}</li>
            ))}
          </ul>
        </div>
      ))}
      <Properties items={[[words.checked, <Age key="at" at={checked_at} />]]} />
    </>
  );
}
