import type { ComponentType } from 'preact';
import { Badge, type Tone } from '../../shared/ui/badge';
import { CheckIcon, ClockIcon, CrossIcon, RetryIcon } from '../../shared/ui/icons';
import type { Decision } from '../api/decisions';
import { texts } from './texts';

const STYLES: Record<Decision['state'], [Tone, ComponentType]> = {
  waiting: ['care', ClockIcon],
  running: ['busy', RetryIcon],
  done: ['good', CheckIcon],
  cancelled: ['calm', CrossIcon],
  dry_run: ['calm', ClockIcon],
};

export function DecisionBadge({ state }: { state: Decision['state'] }) {
  const [tone, icon] = STYLES[state];
  return <Badge tone={tone} icon={icon} text={texts.states[state]} testId="decision-state" />;
}
