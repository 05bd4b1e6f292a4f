import { messages } from '../messages/index';
import type { ListFilters } from '../list/list-filters';
import { FolderLink } from './folder-link';

/** The way from all files to the folder that is shown. */
export function Breadcrumbs({ filters }: { filters: ListFilters }) {
  const names = filters.folder.split('/');
  const crumbs = names.map((name, at) => ({ name, path: names.slice(0, at + 1).join('/') }));
  return (
    <nav class="breadcrumbs" aria-label={messages.folders.path} data-testid="breadcrumbs">
      <ol role="list">
        <li>
          <FolderLink path="" filters={filters} testId="breadcrumb">
            {messages.folders.root}
          </FolderLink>
        </li>
        {crumbs.map(({ name, path }) => (
          <li key={path}>
            {path === filters.folder ? (
              <bdi aria-current="page" data-testid="folder-current">
                {name}
              </bdi>
            ) : (
              <FolderLink path={path} filters={filters} testId="breadcrumb">
                <bdi>{name}</bdi>
              </FolderLink>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
