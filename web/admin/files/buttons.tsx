import { useState } from 'preact/hooks';
import { attachmentUrl } from '../../shared/api/attachment';
import { saveReceipt } from '../../shared/api/receipt';
import { saveLink } from '../../shared/state/save-link';
import { describeError } from '../../shared/text/describe';
import { Button } from '../../shared/ui/button';
import type { AdminFile } from '../api/files';
import { useAdminContext } from '../state/admin-context';
import { texts } from './texts';

const DOWNLOADABLE = ['clean', 'released', 'disabled', 'unscannable'];

/** Whether its state allows a link; the service decides. */
const isDownloadable = ({ virus_scan_status, is_quarantined }: AdminFile): boolean =>
  DOWNLOADABLE.includes(virus_scan_status) && (!is_quarantined || virus_scan_status === 'released');

/** Downloads the file, and its receipt. */
export function FileButtons({ file }: { file: AdminFile }) {
  const { http } = useAdminContext();
  const [problem, setProblem] = useState('');
  const run = async (action: () => Promise<void>) => {
    setProblem('');
    await action().catch((error: unknown) => setProblem(describeError(error)));
  };
  const download = async () => {
    const url = await attachmentUrl(http, file.id);
    if (url === null) setProblem(texts.notDownloadable);
    else saveLink(url, setProblem);
  };
  return (
    <>
      {isDownloadable(file) && (
        <Button onClick={() => void run(download)} testId="download">
          {texts.download}
        </Button>
      )}
      <Button kind="quiet" onClick={() => void run(() => saveReceipt(http, file.id))} testId="receipt">
        {texts.receipt}
      </Button>
      <p class="problem" role="alert" data-testid="file-problem">
        {problem}
      </p>
    </>
  );
}
