import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import type { FileRecord } from '../../client/index';
import { formatBytes } from '../../shared/text/format';
import { CopyButton } from '../../shared/ui/copy-button';
import { Properties, type Property, Time } from '../../shared/ui/properties';
import { Section } from '../../shared/ui/section';
import { messages } from '../messages/index';
import { useAppContext } from '../page/app-context';
import type { RowState } from '../file/file-state';
import { texts } from './texts';
import { useLoaded } from './use-loaded';

const { fields, sections } = texts;

interface VerdictProps {
  file: FileRecord;
  state: RowState;
  /** Engine and signatures; null where the service names none. */
  engine: string | null;
}

export function VerdictSection({ file, state, engine }: VerdictProps) {
  return (
    <Section title={sections.verdict}>
      <Properties
        items={[
          [fields.verdict, messages.status[state]],
          [fields.result, file.virus_scan_result && <bdi>{file.virus_scan_result}</bdi>],
          [fields.engine, engine],
          [fields.scannedAt, file.virus_scan_date && <Time at={file.virus_scan_date} />],
          [fields.quarantine, file.is_quarantined && <bdi>{file.quarantine_reason ?? texts.yes}</bdi>],
        ]}
        testId="details-verdict"
      />
    </Section>
  );
}

/** An operator's decision, if there is one. */
export function DecisionSection({ file: { decision } }: { file: FileRecord }) {
  if (!decision) return null;
  return (
    <Section title={sections.decision}>
      <Properties
        items={[
          [fields.decision, texts.actions[decision.action]],
          [fields.by, <bdi>{decision.by}</bdi>],
          [fields.at, <Time at={decision.at} />],
          [fields.reason, decision.reason && <bdi>{decision.reason}</bdi>],
        ]}
        testId="details-decision"
      />
    </Section>
  );
}

export function FileSection({ file }: { file: FileRecord }) {
  const { content_type: given, detected_content_type: detected } = file;
  const isOther = detected !== null && given.split(';')[0]?.trim().toLowerCase() !== detected;
  return (
    <Section title={sections.file}>
      <Properties
        items={[
          [fields.name, <bdi>{file.filename}</bdi>],
          [fields.size, formatBytes(file.size)],
          [fields.type, <bdi>{given}</bdi>],
          [
            fields.detected,
            detected && (
              <>
                {detected}
                {isOther && <p class="hint">{texts.otherType}</p>}
              </>
            ),
          ],
          [
            fields.checksum,
            file.checksum && <Copyable text={file.checksum} label={fields.checksum} testId="checksum" />,
          ],
          [fields.id, <Copyable text={file.id} label={fields.id} testId="file-id" />],
          [fields.folder, file.path_name ? <bdi>{file.path_name}</bdi> : texts.noFolder],
          [fields.policy, <bdi>{file.policy}</bdi>],
        ]}
        testId="details-file"
      />
    </Section>
  );
}

/** Owner, user and appointment; nothing without any of them. */
export function BelongsToSection({ file }: { file: FileRecord }) {
  const { directory } = useAppContext();
  const { user_id: userId, appointment_id: appointmentId } = file;
  const user = useLoaded(() => directory.user(userId ?? ''), userId);
  const appointment = useLoaded(() => directory.appointment(appointmentId ?? ''), appointmentId);
  const items: Property[] = [
    [fields.owner, file.owner && <bdi>{file.owner}</bdi>],
    [fields.user, userId && <Named name={user.value?.name} id={userId} />],
    [fields.appointment, appointmentId && <Named name={appointment.value?.title} id={appointmentId} />],
  ];
  if (!items.some(([, value]) => value)) return null;
  return (
    <Section title={sections.belongsTo}>
      <Properties items={items} testId="details-belongs-to" />
    </Section>
  );
}

export function DateSection({ file }: { file: FileRecord }) {
  return (
    <Section title={sections.dates}>
      <Properties
        items={[
          [fields.created, <Time at={file.created_at} />],
          [fields.expires, file.expires_at ? <Time at={file.expires_at} /> : texts.neverExpires],
          [fields.hold, file.legal_hold && texts.onHold],
        ]}
        testId="details-dates"
      />
    </Section>
  );
}

/** A name; the id while the name is not known. */
const Named = ({ name, id }: { name: string | undefined; id: string }): ComponentChildren =>
  name === undefined ? <code>{id}</code> : <bdi>{name}</bdi>;

function Copyable({ text, label, testId }: { text: string; label: string; testId: string }) {
  const shown = useRef<HTMLElement>(null);
  return (
    <span class="copyable">
      <code ref={shown} data-testid={testId}>
        {text}
      </code>
      <CopyButton text={text} label={label} shown={shown} testId={`copy-${testId}`} />
    </span>
  );
}
