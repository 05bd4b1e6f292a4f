import type { RefObject } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { FileRecord } from '../../client/index';
import { messages } from '../messages/index';
import { explain, isUnsettled, stateOfFile } from '../file/file-state';
import { useAppContext } from '../page/app-context';
import type { Listing } from '../folders/folder-list';
import { isFiltered, type ListFilters } from './list-filters';
import type { PagedList } from '../../shared/state/paged-list';
import type { Selection } from '../selection/selection';
import { SHOWN_UPLOADS, type ShownUploads, shownUploads } from '../uploads/shown-uploads';
import { useStore } from '../../shared/state/store';
import type { UploadEntry } from '../uploads/upload-entry';
import { Button } from '../../shared/ui/button';
import { Breadcrumbs } from '../folders/breadcrumbs';
import { FileActions } from '../file/file-actions';
import { PreviewButton } from '../preview/preview-button';
import { FilterBar } from './filter-bar';
import { memo } from '../../shared/ui/memo';
import { FileRow } from '../file/file-row';
import { FolderRows } from '../folders/folder-rows';
import { SelectionBar } from '../selection/selection-bar';
import { handleClick, handleKey, handleMouseDown } from '../selection/selection-keys';
import type { TransfersProps } from '../transfers/transfers';
import type { UploadRowProps } from '../uploads/upload-row';
import { LaterProblem, laterPart } from '../page/later-part';

const Transfers = laterPart<TransfersProps>((later) => later.Transfers);
const UploadRow = laterPart<UploadRowProps>((later) => later.UploadRow);
const ZipBar = laterPart((later) => later.ZipBar);

/** Time between two reloads while listed files wait for their verdict. Milliseconds. */
const RELOAD_INTERVAL = 4_000;

interface FileListProps {
  listing: Listing;
  /** Describes whose files are listed. */
  scope: string;
  /** Whether the list contains the files of one user or appointment only. */
  isScoped: boolean;
  filters: ListFilters;
}

/** All files: the uploads of this page first, then the stored files. */
export function FileList({ listing, scope, isScoped, filters }: FileListProps) {
  const { files: list, folders, folder } = listing;
  const { entries: all, deletions, selection } = useAppContext();
  useStore(deletions);
  const entries = useStore(all).filter(({ record }) => !deletions.hides(record?.id));
  const stored = withoutUploads(list.items, entries).filter(({ id }) => !deletions.hides(id));
  useReloadUntilSettled(list, stored);

  const reload = useRef(listing.reload);
  reload.current = listing.reload;
  const onChanged = useCallback(() => reload.current(), []);
  const [limit, setLimit] = useState(SHOWN_UPLOADS);
  const shown = shownUploads(entries, limit);
  const files = [...shown.rows.flatMap(({ record }) => record ?? []), ...stored];
  const section = useRef<HTMLElement>(null);
  useSelectionKeys(section, selection);
  const { fileList } = messages;
  return (
    <section class="file-list" aria-labelledby="files-title" ref={section}>
      <div class="file-list-head">
        <h2 id="files-title" tabIndex={-1}>
          {fileList.title}
        </h2>
        <p class="hint" data-testid="files-scope">
          {scope}
        </p>
        <ResultCount filters={filters} list={list} count={stored.length} />
      </div>
      {folder !== '' && <Breadcrumbs filters={filters} />}
      <FilterBar filters={filters} />
      <Transfers entries={entries} />
      <ZipBar />
      <LaterProblem />
      <SelectionBar files={files} folder={folder} onChanged={onChanged} />
      <ul
        class="rows"
        role="list"
        aria-busy={list.status === 'loading'}
        onMouseDown={handleMouseDown}
        onClick={(event) => handleClick(event, selection)}
        data-testid="file-list"
      >
        <FolderRows folders={folders} filters={filters} onChanged={onChanged} />
        <UploadRows
          uploads={shown}
          folder={folder}
          onChanged={onChanged}
          onMore={() => setLimit(limit + SHOWN_UPLOADS)}
        />
        {stored.map((file) => (
          <StoredRow key={file.id} file={file} folder={folder} onChanged={onChanged} />
        ))}
      </ul>
      <ListEnd
        list={list}
        isEmpty={entries.length + stored.length + folders.items.length === 0}
        isScoped={isScoped}
        filters={filters}
      />
    </section>
  );
}

interface UploadRowsProps {
  uploads: ShownUploads;
  /** The folder that is shown. */
  folder: string;
  onChanged: () => void;
  onMore: () => void;
}

/** The rows of this page's uploads, and a button for those without a row. */
function UploadRows({
  uploads: { rows, hidden, hiddenWaiting },
  folder,
  onChanged,
  onMore,
}: UploadRowsProps) {
  return (
    <>
      {rows.map((entry) => (
        <UploadRow key={`own-${entry.key}`} entry={entry} folder={folder} onChanged={onChanged} />
      ))}
      {hidden > 0 && (
        <li class="rows-hidden" data-testid="hidden-uploads">
          <span class="hint">{messages.fileList.hidden(hidden, hiddenWaiting)}</span>
          <Button onClick={onMore} testId="show-more-uploads">
            {messages.fileList.more}
          </Button>
        </li>
      )}
    </>
  );
}

/** The keys of the list, also when the focus is on no element, as after a click next to the rows. */
function useSelectionKeys(list: RefObject<HTMLElement | null>, selection: Selection): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isHere = event.target === document.body || list.current?.contains(event.target as Node);
      if (isHere && list.current) handleKey(event, list.current, selection);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [selection]);
}

/** Leaves out the files that have a row as uploads of this page. */
function withoutUploads(files: readonly FileRecord[], entries: readonly UploadEntry[]): FileRecord[] {
  const own = new Set(entries.map((entry) => entry.record?.id));
  return files.filter((file) => !own.has(file.id));
}

function useReloadUntilSettled(list: PagedList<FileRecord>, stored: readonly FileRecord[]): void {
  const isUnfinished = list.status === 'ready' && stored.some((file) => isUnsettled(stateOfFile(file)));
  useEffect(() => {
    if (!isUnfinished) return;
    const timer = setTimeout(() => void list.reload(), RELOAD_INTERVAL);
    return () => clearTimeout(timer);
  }, [isUnfinished, list.items]);
}

/** The number of search results. The live region is always rendered: screen readers announce changes only. */
function ResultCount({
  filters,
  list,
  count,
}: {
  filters: ListFilters;
  list: PagedList<FileRecord>;
  count: number;
}) {
  const isShown = isFiltered(filters) && list.status === 'ready';
  return (
    <p class="hint result-count" role="status" data-testid="result-count">
      {isShown && messages.filters.found(count, list.cursor !== null)}
    </p>
  );
}

interface StoredRowProps {
  file: FileRecord;
  /** The folder that is shown. */
  folder: string;
  onChanged: () => void;
}

const StoredRow = memo(function StoredRow({ file, folder, onChanged }: StoredRowProps) {
  const state = stateOfFile(file);
  return (
    <FileRow
      icon={<PreviewButton file={file} state={state} />}
      name={file.filename}
      pathName={file.path_name ?? ''}
      shownFolder={folder}
      size={file.size}
      state={state}
      isPrivate={file.is_private}
      fileId={file.id}
      record={file}
      createdAt={file.created_at}
      note={explain(state, file)}
      actions={<FileActions file={file} state={state} onChanged={onChanged} />}
    />
  );
});

interface ListEndProps {
  list: PagedList<FileRecord>;
  isEmpty: boolean;
  isScoped: boolean;
  filters: ListFilters;
}

/** The end of the list: a button for more files, or why there are none. */
function ListEnd({ list, isEmpty, isScoped, filters }: ListEndProps) {
  const { fileList } = messages;
  if (list.status === 'failed') {
    return (
      <div class="list-end" data-testid="list-failed">
        <p>{fileList.failed}</p>
        <Button onClick={() => void list.reload()} testId="list-retry">
          {fileList.retry}
        </Button>
      </div>
    );
  }
  if (list.status === 'loading') return isEmpty && <p class="list-end hint">{fileList.loading}</p>;
  if (isEmpty && isFiltered(filters) && list.cursor === null) {
    return (
      <div class="list-end" data-testid="list-empty">
        <p>{messages.filters.nothing}</p>
        <Button onClick={filters.clear} testId="clear-filters">
          {messages.filters.clear}
        </Button>
      </div>
    );
  }
  if (isEmpty && list.cursor === null && filters.folder !== '' && !isScoped) {
    return (
      <div class="list-end" data-testid="list-empty">
        <p>{messages.folders.empty}</p>
        <p class="hint">{messages.folders.emptyHint}</p>
      </div>
    );
  }
  if (isEmpty && list.cursor === null) {
    return (
      <div class="list-end" data-testid="list-empty">
        <p>{isScoped ? fileList.emptyHere : fileList.empty}</p>
        <p class="hint">{fileList.emptyHint}</p>
      </div>
    );
  }
  if (list.cursor === null) return null;
  return (
    <div class="list-end">
      <Button onClick={() => void list.more()} testId="show-more">
        {isFiltered(filters) ? messages.filters.continue : fileList.more}
      </Button>
    </div>
  );
}
