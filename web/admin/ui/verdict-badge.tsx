import type { ComponentType } from 'preact';
import type { VirusScanStatus } from '../../client/index';
import { Badge, type Tone } from '../../shared/ui/badge';
import { CheckIcon, ClockIcon, LockIcon, SearchIcon, WarnIcon } from '../../shared/ui/icons';
import { messages } from '../messages/index';

const STYLES: Record<VirusScanStatus, [Tone, ComponentType]> = {
  pending: ['calm', ClockIcon],
  scanning: ['busy', SearchIcon],
  clean: ['good', CheckIcon],
  disabled: ['care', WarnIcon],
  infected: ['bad', WarnIcon],
  unscannable: ['care', WarnIcon],
  error: ['care', WarnIcon],
  blocked: ['care', LockIcon],
  released: ['care', WarnIcon],
};

/** The verdict of a file. */
export function VerdictBadge({ verdict }: { verdict: VirusScanStatus }) {
  const [tone, icon] = STYLES[verdict];
  return <Badge tone={tone} icon={icon} text={messages.verdicts[verdict]} testId="verdict" />;
}
