import { formatBytes } from '../../shared/text/format';
import type { FileDetails } from '../api/files';
import type { AdminUpload } from '../api/uploads';
import { formatCount, textFor } from '../text';
import { Properties, Time } from '../../shared/ui/properties';
import { Section } from '../../shared/ui/section';
import { VerdictBadge } from '../ui/verdict-badge';
import { texts as uploadTexts } from '../uploads/texts';
import { texts } from './texts';

const { fields, sections } = texts;

/** The verdict with what it is based on, and an operator's decision. */
export function VerdictSection({ details: { file, scan_due_at } }: { details: FileDetails }) {
  const { decision } = file;
  return (
    <Section title={sections.verdict}>
      <p>
        <VerdictBadge verdict={file.virus_scan_status} />
      </p>
      <Properties
        items={[
          [fields.result, file.virus_scan_result && <bdi>{file.virus_scan_result}</bdi>],
          [fields.quarantine, file.is_quarantined && <bdi>{file.quarantine_reason ?? texts.yes}</bdi>],
          [fields.scanned, file.virus_scan_date && <Time at={file.virus_scan_date} />],
          [fields.scannedWith, file.scanned_with],
          [fields.attempts, formatCount(file.scan_attempts)],
          [fields.due, scan_due_at && <Time at={scan_due_at} />],
          [
            fields.decision,
            decision && (
              <>
                {texts.decided(texts.actions[decision.action], decision.by)}, <Time at={decision.at} />
                {decision.reason && (
                  <p>
                    <bdi>{decision.reason}</bdi>
                  </p>
                )}
              </>
            ),
          ],
        ]}
        testId="verdict-properties"
      />
    </Section>
  );
}

/** The file and its object in storage. */
export function FileSection({ details: { file, object } }: { details: FileDetails }) {
  return (
    <Section title={sections.file}>
      <Properties
        items={[
          [fields.id, <code>{file.id}</code>],
          [fields.size, formatBytes(file.size)],
          [fields.type, file.content_type],
          [fields.detected, file.detected_content_type !== file.content_type && file.detected_content_type],
          [fields.owner, <bdi>{file.owner ?? '–'}</bdi>],
          [fields.folder, file.path_name && <bdi>{file.path_name}</bdi>],
          [fields.policy, file.policy],
          [fields.created, <Time at={file.created_at} />],
          [fields.expires, file.expires_at && <Time at={file.expires_at} />],
          [fields.hold, file.legal_hold && texts.yes],
          [fields.downloads, formatCount(file.downloads)],
          [fields.bucket, <code>{object.bucket}</code>],
          [fields.key, <code>{object.key}</code>],
          [fields.etag, <code>{object.etag}</code>],
          [fields.version, object.version_id && <code>{object.version_id}</code>],
          [fields.checksum, file.checksum && <code>{file.checksum}</code>],
        ]}
        testId="file-properties"
      />
    </Section>
  );
}

/** The upload that created the file. */
export function UploadSection({ upload }: { upload: AdminUpload | null }) {
  if (upload === null) return null;
  return (
    <Section title={sections.upload}>
      <Properties
        items={[
          [fields.uploadId, <code>{upload.upload_id}</code>],
          [fields.state, textFor(uploadTexts.states, upload.state)],
          [fields.started, <Time at={upload.created_at} />],
          [fields.folder, upload.path_name && <bdi>{upload.path_name}</bdi>],
          [fields.grant, upload.grant_id && <code>{upload.grant_id}</code>],
          [fields.failure, upload.failure_reason],
        ]}
      />
    </Section>
  );
}
