import type { ComponentType } from 'preact';

export type Tone = 'calm' | 'busy' | 'good' | 'care' | 'bad';

interface BadgeProps {
  tone: Tone;
  icon: ComponentType;
  text: string;
  testId?: string;
}

/** A status as text, icon and colour: none of them is needed alone. */
export function Badge({ tone, icon: Icon, text, testId }: BadgeProps) {
  return (
    <span class={`badge badge-${tone}`} data-testid={testId}>
      <Icon />
      {text}
    </span>
  );
}
