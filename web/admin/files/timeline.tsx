import type { AuditEntry } from '../api/audit-entry';
import { Change } from '../audit/change';
import { nameOfAction, nameOfActor } from '../audit/words';
import { Time } from '../../shared/ui/properties';
import { Section } from '../../shared/ui/section';
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
              <strong>{texts.entry(nameOfActor(entry.actor), nameOfAction(entry.action))}</strong>
            </p>
            {entry.reason && (
              <p>
                <bdi>{entry.reason}</bdi>
              </p>
            )}
            {entry.before && <Change entry={entry} />}
          </li>
        ))}
      </ol>
    </Section>
  );
}
