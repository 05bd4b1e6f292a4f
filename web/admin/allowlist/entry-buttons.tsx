import { useState } from 'preact/hooks';
import { useStore } from '../../shared/state/store';
import { Button } from '../../shared/ui/button';
import { type AllowlistEntry, approveEntry, endEntry } from '../api/allowlist';
import { useAdminContext } from '../state/admin-context';
import { ConfirmDialog } from '../ui/confirm-dialog';
import { texts } from './texts';

interface EntryButtonsProps {
  entry: AllowlistEntry;
  onChanged: () => void;
}

/** Ends an entry, and approves that of another operator. */
export function EntryButtons({ entry, onChanged }: EntryButtonsProps) {
  const { http, login } = useAdminContext();
  const subject = useStore(login.account)?.subject;
  const [asking, setAsking] = useState<'approve' | 'end' | null>(null);
  if (entry.state === 'ended') return null;
  const { entry_id: id, value } = entry;
  const close = () => setAsking(null);
  return (
    <div class="cell-buttons">
      {entry.state === 'waiting' && entry.created_by !== subject && (
        <Button
          kind="primary"
          onClick={() => setAsking('approve')}
          label={texts.approveOf(value)}
          testId="approve-entry"
        >
          {texts.approve}
        </Button>
      )}
      <Button onClick={() => setAsking('end')} label={texts.endOf(value)} testId="end-entry">
        {texts.end}
      </Button>
      {asking === 'approve' && (
        <ConfirmDialog
          title={texts.approveTitle(value)}
          text={texts.approveText(entry.created_by, entry.reason)}
          submitLabel={texts.approve}
          reasonLabel={texts.approveReason}
          onConfirm={(reason) => approveEntry(http, id, reason).then(onChanged)}
          onClose={close}
        />
      )}
      {asking === 'end' && (
        <ConfirmDialog
          title={texts.endTitle(value)}
          text={texts.endText}
          submitLabel={texts.end}
          isDanger
          onConfirm={() => endEntry(http, id).then(onChanged)}
          onClose={close}
        />
      )}
    </div>
  );
}
