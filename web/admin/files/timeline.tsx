import type { AuditEntry } from '../api/audit-entry';
import { Time } from '../ui/properties';
import { Section } from '../ui/section';
import { texts } from './texts';

/** What happened to a file, newest first. */
export function Timeline({ entries }: { entries: readonly AuditEntry[] }) {
  return (
    <Section title={texts.sections.audit}>
      {entries.length === 0 && <p>{texts.noHistory}</p>}
      <ol class="timeline" data-testid="timeline">
        {entries.map((entry) => (
          <li key={`${entry.at} ${entry.action} ${entry.sequence}`}>
            <Time at={entry.at} />
            <p>
              <strong>{texts.entry(entry.actor, entry.action.replaceAll('_', ' '))}</strong>
            </p>
            {entry.reason && (
              <p>
                <bdi>{entry.reason}</bdi>
              </p>
            )}
            {entry.before && (
              <p class="hint code">
                {JSON.stringify(entry.before)} → {JSON.stringify(entry.after)}
              </p>
            )}
          </li>
        ))}
      </ol>
    </Section>
  );
}
