import type { ComponentType } from 'preact';
import { Badge, type Tone } from '../../shared/ui/badge';
import { messages } from '../messages/index';
import type { RowState } from './file-state';
import {
  CheckIcon,
  ClockIcon,
  CrossIcon,
  SearchIcon,
  LockIcon,
  PauseIcon,
  RetryIcon,
  UploadIcon,
  WarnIcon,
} from '../../shared/ui/icons';

const STYLES: Record<RowState, [Tone, ComponentType]> = {
  waiting: ['calm', ClockIcon],
  'needs-choice': ['care', WarnIcon],
  'needs-password': ['care', LockIcon],
  comparing: ['busy', SearchIcon],
  uploading: ['busy', UploadIcon],
  offline: ['care', WarnIcon],
  retrying: ['care', RetryIcon],
  paused: ['calm', PauseIcon],
  completing: ['busy', UploadIcon],
  queued: ['calm', ClockIcon],
  scanning: ['busy', SearchIcon],
  clean: ['good', CheckIcon],
  unscanned: ['care', WarnIcon],
  infected: ['bad', WarnIcon],
  blocked: ['care', LockIcon],
  replaced: ['bad', LockIcon],
  unscannable: ['care', WarnIcon],
  released: ['care', WarnIcon],
  'scan-failed': ['care', WarnIcon],
  failed: ['bad', WarnIcon],
  cancelled: ['calm', CrossIcon],
};

/** The status of a file. */
export function StatusBadge({ state }: { state: RowState }) {
  const [tone, Icon] = STYLES[state];
  return <Badge tone={tone} icon={Icon} text={messages.status[state]} testId="file-state" />;
}
