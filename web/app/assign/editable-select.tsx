import { useId } from 'preact/hooks';
import { messages } from '../messages/index';
import type { SearchableList } from './assignment';
import { useHasScope } from '../../shared/ui/account';
import { Button } from '../../shared/ui/button';
import { BinIcon, PlusIcon } from '../../shared/ui/icons';

interface EditableSelectProps<T> {
  label: string;
  list: SearchableList<T>;
  nameOf: (item: T) => string;
  chosen: T | undefined;
  none: string;
  disabled?: boolean;
  onChoose: (id: string) => void;
  newLabel: string;
  onNew: () => void;
  searchLabel: string;
  deleteLabel: (name: string) => string;
  onDelete: () => void;
  /** Part of the test ids: `user` makes user-select, new-user and delete-user. */
  testId: string;
}

/**
 * A select field with buttons to add an item and to delete the chosen one. It has a page of the items; where there are
 * more, a search finds the others, and Enter chooses the first one found.
 */
export function EditableSelect<T extends { id: string }>(props: EditableSelectProps<T>) {
  const { label, list, nameOf, chosen, none, disabled = false, testId } = props;
  const selectId = useId();
  const mayDelete = useHasScope('delete');
  const isSearchable = !disabled && (list.cursor !== null || list.text !== '');
  const options = chosen && !list.items.some(({ id }) => id === chosen.id) ? [chosen] : [];
  const first = list.items[0];
  const chooseFirst = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || list.search === '' || list.search !== list.text.trim() || !first) return;
    props.onChoose(first.id);
    list.setText('');
  };
  return (
    <div class="field">
      <label for={selectId}>{label}</label>
      {isSearchable && (
        <>
          <input
            type="search"
            value={list.text}
            onInput={({ currentTarget }) => list.setText(currentTarget.value)}
            onKeyDown={chooseFirst}
            placeholder={props.searchLabel}
            aria-label={props.searchLabel}
            autocomplete="off"
            data-testid={`${testId}-search`}
          />
          <p class="hint" role="status" data-testid={`${testId}-found`}>
            {list.search !== '' &&
              list.status === 'ready' &&
              messages.assign.found(list.items.length, list.cursor !== null)}
          </p>
        </>
      )}
      <div class="editable-select">
        <select
          id={selectId}
          value={chosen?.id ?? ''}
          disabled={disabled}
          onChange={(event) => props.onChoose(event.currentTarget.value)}
          data-testid={`${testId}-select`}
        >
          <option value="">{none}</option>
          {[...options, ...list.items].map((item) => (
            <option key={item.id} value={item.id} dir="auto">
              {nameOf(item)}
            </option>
          ))}
        </select>
        <Button onClick={props.onNew} disabled={disabled} label={props.newLabel} testId={`new-${testId}`}>
          <PlusIcon />
        </Button>
        {chosen && mayDelete && (
          <Button
            kind="quiet"
            onClick={props.onDelete}
            label={props.deleteLabel(nameOf(chosen))}
            testId={`delete-${testId}`}
          >
            <BinIcon />
          </Button>
        )}
      </div>
      {list.cursor !== null && (
        <Button kind="quiet" onClick={() => void list.more()} testId={`more-${testId}s`}>
          {messages.assign.more}
        </Button>
      )}
      {list.status === 'failed' && (
        <p class="problem">
          {messages.assign.failed}{' '}
          <Button kind="quiet" onClick={() => void list.reload()}>
            {messages.fileList.retry}
          </Button>
        </p>
      )}
    </div>
  );
}
