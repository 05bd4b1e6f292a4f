import { useId } from 'preact/hooks';
import { SORTS } from '../api/files';
import { messages } from '../messages/index';
import { type Finder, VERDICTS } from '../state/finder';

/** Looks for files by name and state, and orders them. */
export function FinderBar({ finder }: { finder: Finder }) {
  const { find } = messages;
  const [searchId, verdictId, sortId] = [useId(), useId(), useId()];
  return (
    <form class="finder" role="search" aria-label={find.label} onSubmit={(event) => event.preventDefault()}>
      <div class="field finder-search">
        <label for={searchId}>{find.search}</label>
        <input
          id={searchId}
          type="search"
          value={finder.text}
          maxLength={255}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => finder.type(event.currentTarget.value)}
          data-testid="search"
        />
      </div>
      <div class="field">
        <label for={verdictId}>{find.verdict}</label>
        <select
          id={verdictId}
          value={finder.verdict ?? ''}
          onChange={(event) => finder.show(event.currentTarget.value)}
          data-testid="verdict-select"
        >
          <option value="">{find.anyVerdict}</option>
          {VERDICTS.map((verdict) => (
            <option key={verdict} value={verdict}>
              {find.verdicts[verdict]}
            </option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for={sortId}>{find.sort}</label>
        <select
          id={sortId}
          value={finder.sort}
          onChange={(event) => finder.sortBy(event.currentTarget.value)}
          data-testid="sort-select"
        >
          {SORTS.map((sort) => (
            <option key={sort} value={sort}>
              {find.sorts[sort]}
            </option>
          ))}
        </select>
      </div>
    </form>
  );
}
