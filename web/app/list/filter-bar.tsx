import { useId } from 'preact/hooks';
import { SORTS } from '../api/files';
import { messages } from '../messages/index';
import type { ListFilters } from './list-filters';
import { VERDICTS } from './verdict-filter';

/** Searches, filters and sorts the list of files. */
export function FilterBar({ filters }: { filters: ListFilters }) {
  const { filters: texts } = messages;
  const [searchId, verdictId, sortId] = [useId(), useId(), useId()];
  return (
    <form
      class="filter-bar"
      role="search"
      aria-label={texts.label}
      onSubmit={(event) => event.preventDefault()}
    >
      <div class="field filter-search">
        <label for={searchId}>{texts.search}</label>
        <input
          id={searchId}
          type="search"
          value={filters.text}
          maxLength={255}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => filters.setText(event.currentTarget.value)}
          data-testid="search"
        />
      </div>
      <div class="field">
        <label for={verdictId}>{texts.verdict}</label>
        <select
          id={verdictId}
          value={filters.verdict ?? ''}
          onChange={(event) => filters.setVerdict(event.currentTarget.value)}
          data-testid="verdict-select"
        >
          <option value="">{texts.anyVerdict}</option>
          {VERDICTS.map((verdict) => (
            <option key={verdict} value={verdict}>
              {messages.verdicts[verdict]}
            </option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for={sortId}>{texts.sort}</label>
        <select
          id={sortId}
          value={filters.sort}
          onChange={(event) => filters.setSort(event.currentTarget.value)}
          data-testid="sort-select"
        >
          {SORTS.map((sort) => (
            <option key={sort} value={sort}>
              {texts.sorts[sort]}
            </option>
          ))}
        </select>
      </div>
    </form>
  );
}
