import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { FileRecord } from '../../client/index';
import type { FileFilter, Folder } from '../api/files';
import { allows } from '../../shared/api/account';
import { type LoadPage, type PagedList, usePagedList } from '../../shared/state/paged-list';
import { useStore } from '../../shared/state/store';
import { useAppContext } from '../page/app-context';
import type { Assignment } from '../assign/assignment';
import { isFiltered, type ListFilters } from '../list/list-filters';

/** The list: its files, and the folders above them. */
export interface Listing {
  files: PagedList<FileRecord>;
  folders: PagedList<Folder>;
  /** The folder that is shown, '' for none. */
  folder: string;
  reload: () => void;
}

/**
 * The files and folders that assignment and filters select. A user's or an appointment's files are listed without regard to
 * folders, and a search includes all folders below. Without any folder, the list has all files. A new `reloadKey` loads what
 * is shown again.
 */
export function useListing(assignment: Assignment, filters: ListFilters, reloadKey: number): Listing {
  const isScoped = assignment.userId !== undefined;
  const folder = isScoped ? '' : filters.folder;
  const folders = useFolders(isScoped || isFiltered(filters) ? null : folder);
  const hasFolders = useHasFolders(folders, isScoped, folder);
  const place = usePlace(isScoped, filters, hasFolders);
  const files = useFiles(assignment, filters, place);
  useFolderReload(folders);
  const reload = () => {
    void files.reload();
    void folders.reload();
  };
  useEffect(() => {
    if (reloadKey > 0) reload();
  }, [reloadKey]);
  return { files, folders, folder, reload };
}

/** Where the files are: undefined everywhere, null while that is not known. */
type Place = Pick<FileFilter, 'folder' | 'recursive'> | null;

/**
 * The list without a folder has the files of all owners for administrators, and those with one only the caller's own: so
 * for them the outermost list stays that of all files.
 */
function usePlace(isScoped: boolean, filters: ListFilters, hasFolders: boolean | null): Place {
  const { login } = useAppContext();
  const account = useStore(login.account);
  const seesAll = typeof account?.subject === 'string' && allows(account.scopes, 'admin');
  const { folder } = filters;
  if (isScoped) return {};
  if (isFiltered(filters)) return folder === '' ? {} : { folder, recursive: true };
  if (folder !== '') return { folder };
  if (hasFolders === null) return null;
  return hasFolders && !seesAll ? { folder } : {};
}

/** The stored files. When the user selects other ones, finished uploads move from the queue to the list. */
function useFiles(
  { userId, appointmentId }: Assignment,
  { search, sort, verdict, folder: opened }: ListFilters,
  place: Place,
): PagedList<FileRecord> {
  const { files, health, entries } = useAppContext();
  const { folder, recursive } = place ?? {};
  const isKnown = place !== null;
  const load = useCallback<LoadPage<FileRecord>>(
    (page) =>
      isKnown
        ? files.list({ userId, appointmentId, search, sort, verdict, folder, recursive }, page)
        : new Promise(() => undefined), // stays "loading" until it is known
    [files, userId, appointmentId, search, sort, verdict, folder, recursive, isKnown],
  );
  // not when the first folder appears: it may be that of an upload
  useEffect(() => entries.removeSettled(), [entries, userId, appointmentId, search, sort, verdict, opened]);
  return usePagedList(
    load,
    useCallback(() => void health.check(), [health]),
    `${userId} ${appointmentId} ${opened}`,
  );
}

/** The folders directly below a folder; null for none. */
function useFolders(folder: string | null): PagedList<Folder> {
  const { files } = useAppContext();
  const load = useCallback<LoadPage<Folder>>((page) => files.folders(folder ?? '', page), [files, folder]);
  return usePagedList(folder === null ? null : load, ignore, folder ?? '');
}

/** The files have the same failure, and show it. */
const ignore = () => undefined;

/** Whether there are folders at all; null while that is not known. */
function useHasFolders(folders: PagedList<Folder>, isScoped: boolean, folder: string): boolean | null {
  const [known, setKnown] = useState<boolean | null>(folder === '' ? null : true);
  const isRoot = folder === '' && !isScoped;
  useEffect(() => {
    if (folder !== '' || folders.items.length > 0) setKnown(true);
    else if (isRoot && folders.status !== 'loading') setKnown((before) => before ?? false);
  }, [folders.status, folders.items, folder, isRoot]);
  return known;
}

/** Reloads the folders once a file was stored or deleted: it may have been the first or the last of one. */
function useFolderReload(folders: PagedList<Folder>): void {
  const { entries, deletions } = useAppContext();
  const stored = useStore(entries).filter(({ record }) => typeof record?.path_name === 'string').length;
  const deleted = useStore(deletions).filter(({ state }) => state === 'deleted').length;
  const before = useRef({ stored, deleted });
  useEffect(() => {
    const isSame = before.current.stored === stored && before.current.deleted === deleted;
    before.current = { stored, deleted };
    if (!isSame) void folders.reload();
  }, [stored, deleted]);
}
