import type { ComponentType } from 'preact';
import { messages } from '../messages/index';
import type { RowState } from '../state/file-state';
import { CheckIcon, ClockIcon, CrossIcon, LensIcon, LockIcon, PauseIcon, UpIcon, WarnIcon } from './icons';

type Tone = 'calm' | 'busy' | 'good' | 'care' | 'bad';

const LOOKS: Record<RowState, [Tone, ComponentType]> = {
  waiting: ['calm', ClockIcon],
  comparing: ['busy', LensIcon],
  uploading: ['busy', UpIcon],
  offline: ['care', WarnIcon],
  paused: ['calm', PauseIcon],
  completing: ['busy', UpIcon],
  queued: ['calm', ClockIcon],
  scanning: ['busy', LensIcon],
  clean: ['good', CheckIcon],
  unscanned: ['care', WarnIcon],
  infected: ['bad', WarnIcon],
  held: ['care', LockIcon],
  replaced: ['bad', LockIcon],
  unscannable: ['care', WarnIcon],
  'scan-failed': ['care', WarnIcon],
  failed: ['bad', WarnIcon],
  cancelled: ['calm', CrossIcon],
};

/** The state of a file, like a customs stamp: a word, a sign and a colour, so that no one of them is needed alone. */
export function Stamp({ state }: { state: RowState }) {
  const [tone, Sign] = LOOKS[state];
  return (
    <span class={`stamp stamp-${tone}`} data-testid="file-state">
      <Sign />
      {messages.states[state]}
    </span>
  );
}
