import { useId } from 'preact/hooks';
import { messages } from '../messages/index';
import type { PagedList } from '../../shared/state/paged-list';
import { useHasScope } from '../../shared/ui/account';
import { Button } from '../../shared/ui/button';
import { BinIcon, PlusIcon } from '../../shared/ui/icons';

interface EditableSelectProps<T> {
  label: string;
  list: PagedList<T>;
  nameOf: (item: T) => string;
  chosen: T | undefined;
  none: string;
  disabled?: boolean;
  onChoose: (id: string) => void;
  newLabel: string;
  onNew: () => void;
  deleteLabel: (name: string) => string;
  onDelete: () => void;
  /** Part of the test ids: `user` makes user-select, new-user and delete-user. */
  testId: string;
}

/** A select field with buttons to add an item and to delete the chosen one. */
export function EditableSelect<T extends { id: string }>(props: EditableSelectProps<T>) {
  const { label, list, nameOf, chosen, none, disabled = false, testId } = props;
  const selectId = useId();
  const mayDelete = useHasScope('delete');
  return (
    <div class="field">
      <label for={selectId}>{label}</label>
      <div class="editable-select">
        <select
          id={selectId}
          value={chosen?.id ?? ''}
          disabled={disabled}
          onChange={(event) => props.onChoose(event.currentTarget.value)}
          data-testid={`${testId}-select`}
        >
          <option value="">{none}</option>
          {list.items.map((item) => (
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
