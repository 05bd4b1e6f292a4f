import { useCallback, useEffect, useRef } from 'preact/hooks';
import type { FileRecord } from '../../client/index';
import { messages } from '../messages/index';
import { explain, isTravelling, isUnsettled, stateOfFile } from '../state/file-state';
import { useHarbour } from '../state/harbour';
import type { Finder } from '../state/finder';
import type { Paged } from '../state/paged';
import { useStore } from '../state/store';
import { TotalMeter } from '../state/total';
import type { UploadEntry } from '../state/uploads';
import { Button } from './button';
import { FileActions } from './file-actions';
import { FileSign } from './file-sign';
import { FinderBar } from './finder';
import { memo } from './memo';
import { ProgressLine } from './progress';
import { Row } from './row';
import { UploadRow } from './upload-row';

/** Files that others sent are looked at again while their verdict is open. Milliseconds. */
const LOOK_AGAIN = 4_000;

interface ManifestProps {
  list: Paged<FileRecord>;
  /** Whose files are listed, in words. */
  scope: string;
  filtered: boolean;
  finder: Finder;
}

/** All files: those of this page on top, below them what storage has. */
export function Manifest({ list, scope, filtered, finder }: ManifestProps) {
  const { queue, deletions } = useHarbour();
  useStore(deletions);
  const entries = useStore(queue).filter(({ record }) => !deletions.hides(record?.id));
  const stored = withoutOwn(list.items, entries).filter(({ id }) => !deletions.hides(id));
  useLookAgain(list, stored);

  const reload = useRef(list.reload);
  reload.current = list.reload;
  const changed = useCallback(() => void reload.current(), []);
  const { manifest } = messages;
  return (
    <section class="manifest" aria-labelledby="files-title">
      <div class="manifest-head">
        <h2 id="files-title" tabIndex={-1}>
          {manifest.title}
        </h2>
        <p class="hint" data-testid="files-scope">
          {scope}
        </p>
        <Found finder={finder} list={list} count={stored.length} />
      </div>
      <FinderBar finder={finder} />
      <UnderWay entries={entries} />
      <ul class="rows" role="list" aria-busy={list.status === 'loading'} data-testid="file-list">
        {entries.map((entry) => (
          <UploadRow key={`own-${entry.key}`} entry={entry} onChanged={changed} />
        ))}
        {stored.map((file) => (
          <StoredRow key={file.id} file={file} onChanged={changed} />
        ))}
      </ul>
      <ListEnd list={list} bare={entries.length + stored.length === 0} filtered={filtered} finder={finder} />
    </section>
  );
}

/** A file of this page has its own row already. */
function withoutOwn(files: readonly FileRecord[], entries: readonly UploadEntry[]): FileRecord[] {
  const own = new Set(entries.map((entry) => entry.record?.id));
  return files.filter((file) => !own.has(file.id));
}

function useLookAgain(list: Paged<FileRecord>, stored: readonly FileRecord[]): void {
  const open = list.status === 'ready' && stored.some((file) => isUnsettled(stateOfFile(file)));
  useEffect(() => {
    if (!open) return;
    const timer = setTimeout(() => void list.reload(), LOOK_AGAIN);
    return () => clearTimeout(timer);
  }, [open, list.items]);
}

const isNarrowed = ({ search, verdict }: Finder): boolean => search !== '' || verdict !== undefined;

/** How many files a search has found, seen and heard. It is there before it says something, or nobody would hear it. */
function Found({ finder, list, count }: { finder: Finder; list: Paged<FileRecord>; count: number }) {
  const says = isNarrowed(finder) && list.status === 'ready';
  return (
    <p class="hint found" role="status" data-testid="found">
      {says && messages.find.found(count, list.cursor !== null)}
    </p>
  );
}

interface StoredRowProps {
  file: FileRecord;
  onChanged: () => void;
}

const StoredRow = memo(function StoredRow({ file, onChanged }: StoredRowProps) {
  const state = stateOfFile(file);
  return (
    <Row
      sign={<FileSign file={file} state={state} />}
      name={file.filename}
      size={file.size}
      state={state}
      isPrivate={file.is_private}
      fileId={file.id}
      createdAt={file.created_at}
      note={explain(state, file)}
      actions={<FileActions file={file} state={state} onChanged={onChanged} />}
    />
  );
});

/** One line for all that travels; a single file needs none. */
function UnderWay({ entries }: { entries: readonly UploadEntry[] }) {
  const meter = useRef(new TotalMeter());
  const total = meter.current.read(entries, performance.now());
  const travelling = entries.filter(({ state }) => isTravelling(state));
  if (travelling.length < 2 || !total) return null;
  const { manifest } = messages;
  return (
    <div class="under-way" data-testid="total-progress">
      <p>{manifest.underway(travelling.length)}</p>
      <ProgressLine progress={total} label={manifest.totalProgress} />
    </div>
  );
}

interface ListEndProps {
  list: Paged<FileRecord>;
  bare: boolean;
  filtered: boolean;
  finder: Finder;
}

/** What stands below the rows: more of them, or why there are none. */
function ListEnd({ list, bare, filtered, finder }: ListEndProps) {
  const { manifest } = messages;
  if (list.status === 'failed') {
    return (
      <div class="list-end" data-testid="list-failed">
        <p>{manifest.failed}</p>
        <Button onClick={() => void list.reload()} testId="list-retry">
          {manifest.again}
        </Button>
      </div>
    );
  }
  if (list.status === 'loading') return bare && <p class="list-end hint">{manifest.loading}</p>;
  if (bare && isNarrowed(finder) && list.cursor === null) {
    return (
      <div class="list-end" data-testid="list-empty">
        <p>{messages.find.nothing}</p>
        <Button onClick={finder.clear} testId="find-clear">
          {messages.find.clear}
        </Button>
      </div>
    );
  }
  if (bare && list.cursor === null) {
    return (
      <div class="list-end" data-testid="list-empty">
        <p>{filtered ? manifest.emptyHere : manifest.empty}</p>
        <p class="hint">{manifest.emptyHint}</p>
      </div>
    );
  }
  if (list.cursor === null) return null;
  return (
    <div class="list-end">
      <Button onClick={() => void list.more()} testId="show-more">
        {isNarrowed(finder) ? messages.find.goOn : manifest.more}
      </Button>
    </div>
  );
}
