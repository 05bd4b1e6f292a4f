import { formatBytes } from '../../shared/text/format';
import { describeError } from '../../shared/text/describe';
import { Button } from '../../shared/ui/button';
import { DownloadIcon } from '../../shared/ui/icons';
import { type AuditFilter, exportPath } from '../api/audit-log';
import { useSave } from '../state/save';
import { texts } from './texts';

const { export: words } = texts;

/** Saves the entries that the filter finds, all pages of them. */
export function ExportButtons({ filter }: { filter: AuditFilter }) {
  const { state, save, cancel } = useSave();
  const isRunning = state.status === 'running';
  const start = (format: 'jsonl' | 'csv') => () => void save(exportPath(filter, format), `audit.${format}`);
  return (
    <div class="export" role="group" aria-label={words.label}>
      <Button onClick={start('jsonl')} disabled={isRunning} testId="export-jsonl">
        <DownloadIcon />
        {words.jsonl}
      </Button>
      <Button onClick={start('csv')} disabled={isRunning} testId="export-csv">
        <DownloadIcon />
        {words.csv}
      </Button>
      {isRunning && (
        <Button kind="quiet" onClick={cancel} testId="export-cancel">
          {words.cancel}
        </Button>
      )}
      <p role="status" class="hint" data-testid="export-status" data-state={state.status}>
        {isRunning && words.running(formatBytes(state.bytes))}
        {state.status === 'done' && words.done(state.name, formatBytes(state.bytes))}
      </p>
      {state.status === 'failed' && (
        <p class="problem" role="alert">
          {words.failed} {describeError(state.problem)}
        </p>
      )}
    </div>
  );
}
