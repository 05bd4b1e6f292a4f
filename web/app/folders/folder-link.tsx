import type { ComponentChildren } from 'preact';
import { messages } from '../messages/index';
import { useAppContext } from '../page/app-context';
import type { ListFilters } from '../list/list-filters';

interface FolderLinkProps {
  path: string;
  filters: ListFilters;
  children: ComponentChildren;
  testId: string;
}

/** Opens a folder in the list; as a link, it also opens in another tab. */
export function FolderLink({ path, filters, children, testId }: FolderLinkProps) {
  const { announcer } = useAppContext();
  const open = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    filters.openFolder(path);
    announcer.announce(
      messages.folders.opened(path === '' ? messages.folders.root : (path.split('/').at(-1) ?? path)),
    );
    // the link disappears with the list before
    document.getElementById('files-title')?.focus({ preventScroll: true });
  };
  return (
    <a href={filters.addressOfFolder(path)} onClick={open} data-testid={testId}>
      {children}
    </a>
  );
}
