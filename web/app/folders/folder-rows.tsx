import { useState } from 'preact/hooks';
import type { Folder } from '../api/files';
import { MAX_PAGE_SIZE } from '../../shared/api/pages';
import type { PagedList } from '../../shared/state/paged-list';
import { useStore } from '../../shared/state/store';
import { describeError } from '../../shared/text/describe';
import { useHasScope } from '../../shared/ui/account';
import { Button } from '../../shared/ui/button';
import { DownloadIcon, PencilIcon, FolderIcon } from '../../shared/ui/icons';
import { laterDialog } from '../page/later-part';
import { messages } from '../messages/index';
import { useAppContext } from '../page/app-context';
import { type BulkPlan, planBulk } from '../selection/bulk';
import type { ListFilters } from '../list/list-filters';
import type { BulkRunProps } from '../selection/bulk-dialog';
import { FolderLink } from './folder-link';
import type { FolderDialogProps } from './folder-dialog';

const BulkRun = laterDialog<BulkRunProps>((later) => later.BulkRun);
const FolderDialog = laterDialog<FolderDialogProps>((later) => later.FolderDialog);

interface FolderRowsProps {
  folders: PagedList<Folder>;
  filters: ListFilters;
  /** Called when a folder was renamed. */
  onChanged: () => void;
}

/** The folders above the files. */
export function FolderRows({ folders, filters, onChanged }: FolderRowsProps) {
  return (
    <>
      {folders.items.map((folder) => (
        <FolderRow key={folder.path_name} folder={folder} filters={filters} onChanged={onChanged} />
      ))}
      {folders.cursor !== null && (
        <li class="rows-hidden">
          <Button onClick={() => void folders.more()} testId="more-folders">
            {messages.folders.more}
          </Button>
        </li>
      )}
    </>
  );
}

interface FolderRowProps extends Omit<FolderRowsProps, 'folders'> {
  folder: Folder;
}

function FolderRow({ folder: { path_name, name }, filters, onChanged }: FolderRowProps) {
  const [isRenaming, setIsRenaming] = useState(false);
  const mayChange = useHasScope('upload');
  const { row, folders: texts } = messages;
  return (
    <li class="row folder-row" data-testid="folder-row">
      <span />
      <span class="folder-mark">
        <FolderIcon />
      </span>
      <p class="row-name">
        <FolderLink path={path_name} filters={filters} testId="folder-open">
          <bdi>{name}</bdi>
        </FolderLink>
      </p>
      <div class="row-actions">
        <ZipButton path={path_name} name={name} />
        {mayChange && (
          <Button
            kind="quiet"
            onClick={() => setIsRenaming(true)}
            label={row.actionFor(texts.rename, name)}
            testId="folder-rename"
          >
            <PencilIcon />
          </Button>
        )}
      </div>
      {isRenaming && (
        <FolderDialog
          path={path_name}
          name={name}
          onRenamed={onChanged}
          onClose={() => setIsRenaming(false)}
        />
      )}
    </li>
  );
}

/** Downloads all files of a folder, and of those below, as one zip file. */
function ZipButton({ path, name }: { path: string; name: string }) {
  const { zips } = useAppContext();
  const isZipping = useStore(zips)?.state === 'running';
  const mayRead = useHasScope('read');
  const findFiles = useFilesBelow(path);
  const [plan, setPlan] = useState<BulkPlan | null>(null);
  const [problem, setProblem] = useState('');
  const { row, selection } = messages;
  if (!mayRead) return null;
  const start = () => {
    setProblem('');
    findFiles().then(
      (files) => setPlan(planBulk('zip', files)),
      (error: unknown) => setProblem(describeError(error)),
    );
  };
  return (
    <>
      <Button
        onClick={start}
        disabled={isZipping}
        label={row.actionFor(selection.actions.zip, name)}
        testId="folder-zip"
      >
        <DownloadIcon /> <span class="button-word">{selection.actions.zip}</span>
      </Button>
      <p class="problem" role="alert">
        {problem}
      </p>
      {plan && <BulkRun plan={plan} folder={path} onDone={() => undefined} onClose={() => setPlan(null)} />}
    </>
  );
}

function useFilesBelow(folder: string) {
  const { files } = useAppContext();
  return async () => {
    const found = [];
    let cursor: string | undefined;
    do {
      const page = await files.list(
        { folder, recursive: true, sort: 'filename' },
        { cursor, limit: MAX_PAGE_SIZE },
      );
      found.push(...page.items);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    return found;
  };
}
