import type { ComponentType } from 'preact';
import { Badge, type Tone } from '../../shared/ui/badge';
import { CheckIcon, ClockIcon, CrossIcon } from '../../shared/ui/icons';
import type { AllowlistEntry } from '../api/allowlist';
import { texts } from './texts';

const STYLES: Record<AllowlistEntry['state'], [Tone, ComponentType]> = {
  waiting: ['care', ClockIcon],
  active: ['good', CheckIcon],
  ended: ['calm', CrossIcon],
};

export function EntryBadge({ state }: { state: AllowlistEntry['state'] }) {
  const [tone, icon] = STYLES[state];
  return <Badge tone={tone} icon={icon} text={texts.states[state]} testId="entry-state" />;
}
