import type { ComponentType } from 'preact';
import { Badge, type Tone } from '../../shared/ui/badge';
import { CheckIcon, ClockIcon, WarnIcon } from '../../shared/ui/icons';
import { Panel } from './panel';
import { texts } from './texts';
import { wordOf } from './words';

const STYLES: Record<string, [Tone, ComponentType]> = {
  ok: ['good', CheckIcon],
  off: ['care', WarnIcon],
  slow: ['care', ClockIcon],
  unsafe: ['bad', WarnIcon],
};
const OTHER: [Tone, ComponentType] = ['bad', WarnIcon];

/** The state of everything that the service needs. */
export function Dependencies({ states }: { states: Readonly<Record<string, string>> }) {
  const { dependencies } = texts;
  return (
    <Panel title={dependencies.title} isWide testId="dependencies">
      <ul class="facts" role="list">
        {Object.entries(states).map(([name, state]) => {
          const [tone, icon] = STYLES[state] ?? OTHER;
          return (
            <li key={name} data-testid={`dependency-${name}`} data-state={state}>
              <span>{wordOf(dependencies.names, name)}</span>
              <Badge tone={tone} icon={icon} text={wordOf(dependencies.states, state)} />
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
