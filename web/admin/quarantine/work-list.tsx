import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { type Action, type Decision } from '../api/decisions';
import { type AdminFile, listFiles } from '../api/files';
import { DecisionProgress } from '../decisions/progress';
import { texts as decisionTexts } from '../decisions/texts';
import { useDecision } from '../decisions/use-decision';
import { messages } from '../messages/index';
import { useAdminContext } from '../state/admin-context';
import { useList, useRepeated } from '../state/list';
import { useFilters } from '../state/route';
import { Empty, Failed, Loading, Outdated } from '../ui/states';
import { TITLE_ID } from '../ui/view-head';
import { CurrentFile } from './current-file';
import { Queue } from './queue';
import type { QuarantineVerdict } from './tabs';
import { texts } from './texts';

/** Time between two reloads: other operators decide too. Milliseconds. */
const INTERVAL = 15_000;

interface WorkListProps {
  verdict: QuarantineVerdict;
  /** The id of the current file; undefined for the first one. */
  current: string | undefined;
}

/** The files of one verdict: the current one with its actions, and those that follow. */
export function WorkList({ verdict, current }: WorkListProps) {
  const { announcer } = useAdminContext();
  const [, changeFilters] = useFilters();
  const list = useList(
    (http, page) => listFiles(http, { virus_scan_status: verdict }, undefined, page),
    [verdict],
  );
  useRepeated(list.reload, INTERVAL);
  /** Decided here, and perhaps still in the list until the next reload. */
  const [decided, setDecided] = useState<ReadonlySet<string>>(new Set());
  const shown = useDecision(() => void list.reload());
  /** How often the operator has gone to a file: its name then gets the focus. */
  const [moves, setMoves] = useState(0);

  const files = list.items.filter(({ id }) => !decided.has(id));
  const at = Math.max(
    0,
    files.findIndex(({ id }) => id === current),
  );
  const file = files[at];
  const isMissing =
    current !== undefined && list.cursor === null && !list.items.some(({ id }) => id === current);
  const goTo = (next: AdminFile | undefined) => {
    setMoves(moves + 1);
    changeFilters({ file: next?.id });
  };
  useEffect(() => {
    // so that another file does not take its place when the list changes
    if (current === undefined && file) changeFilters({ file: file.id });
  }, [current, file?.id]);
  useEffect(() => {
    // the focus was on the last file
    if (moves > 0 && file === undefined) document.getElementById(TITLE_ID)?.focus();
  }, [file]);
  const onDecided = (decision: Decision, action: Action) => {
    if (file === undefined) return;
    announcer.announce(texts.decided(file.filename, decisionTexts.actions[action]));
    if (isAboutIt(decision)) setDecided(new Set([...decided, file.id]));
    shown.show(needsAttention(decision) ? decision : null);
    goTo(files[at + 1] ?? files[at - 1]);
    void list.reload();
  };

  const retry = () => void list.reload();
  if (list.items.length === 0 && list.status === 'failed') {
    return <Failed problem={list.problem} onRetry={retry} />;
  }
  if (list.items.length === 0 && list.status === 'loading') return <Loading />;
  return (
    <>
      {list.status === 'failed' && <Outdated problem={list.problem} onRetry={retry} />}
      <DecisionProgress shown={shown} isPanel />
      {isMissing && list.status === 'ready' && !decided.has(current) && (
        <p class="note" role="status" data-testid="file-missing">
          {texts.gone}
        </p>
      )}
      {file === undefined ? (
        <Empty text={texts.empty} />
      ) : (
        <div class="work">
          <CurrentFile
            key={`${file.id} ${moves}`}
            file={file}
            hasFocus={moves > 0}
            at={at}
            count={files.length}
            isMore={list.cursor !== null}
            onMove={(step) => goTo(files[Math.min(files.length - 1, Math.max(0, at + step))])}
            onDecided={onDecided}
          />
          <Queue files={files} current={file.id} onChoose={goTo} />
        </div>
      )}
      {list.cursor !== null && (
        <div class="list-end">
          <Button onClick={() => void list.more()} testId="show-more">
            {messages.table.more}
          </Button>
        </div>
      )}
    </>
  );
}

/** Whether the file is decided, or will be without another operator. */
const isAboutIt = ({ state, skipped, failed }: Decision): boolean =>
  state !== 'waiting' && skipped === 0 && failed === 0;

/** Whether there is more to show than that the file is decided. */
const needsAttention = (decision: Decision): boolean => decision.state !== 'done' || !isAboutIt(decision);
