import { useStore } from '../../shared/state/store';
import { Button } from '../../shared/ui/button';
import { CrossIcon } from '../../shared/ui/icons';
import { messages } from '../messages/index';
import { useAppContext } from '../page/app-context';
import type { ZipDownload } from './zip-store';
import { ProgressLine } from '../transfers/progress-line';

/** The zip download that is running, or how the last one ended. */
export function ZipBar() {
  const { zips } = useAppContext();
  const download = useStore(zips);
  const { zip, row } = messages;
  return (
    <section class="zip-bar" aria-label={zip.title} hidden={download === null} data-testid="zip-bar">
      {download && (
        <>
          <p role="status" data-testid="zip-state" data-state={download.state}>
            {describe(download)}
          </p>
          <Button
            kind="quiet"
            onClick={() => (download.state === 'running' ? zips.cancel() : zips.dismiss())}
            label={row.actionFor(download.state === 'running' ? row.cancel : row.dismiss, download.name)}
            testId="zip-end"
          >
            <CrossIcon />
          </Button>
          {download.state === 'running' && (
            <>
              <ProgressLine progress={download.progress} label={zip.progress} />
              <p class="hint">{zip.keepOpen}</p>
            </>
          )}
        </>
      )}
    </section>
  );
}

function describe({ name, state, problem }: ZipDownload): string {
  const { zip } = messages;
  if (state !== 'failed') return zip[state](name);
  return zip.failed(name, problem ? zip.problems[problem.why](problem.filename ?? zip.noFile) : '');
}
