import { addressOf } from '../state/route';
import { texts } from './texts';

export const VERDICTS = ['infected', 'unscannable', 'error', 'blocked'] as const;
export type QuarantineVerdict = (typeof VERDICTS)[number];

/** A link for each verdict. */
export function Tabs({ current }: { current: QuarantineVerdict }) {
  return (
    <nav class="tabs" aria-label={texts.tabsLabel}>
      <ul role="list">
        {VERDICTS.map((verdict) => (
          <li key={verdict}>
            <a
              href={addressOf('quarantine', undefined, { verdict })}
              aria-current={verdict === current ? 'page' : undefined}
              data-testid={`tab-${verdict}`}
            >
              {texts.tabs[verdict]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
