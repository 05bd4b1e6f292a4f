import { useId } from 'preact/hooks';
import { messages } from '../messages/index';
import type { Paged } from '../state/paged';
import { useMay } from './account';
import { Button } from './button';
import { BinIcon, PlusIcon } from './icons';

interface ChooserProps<T> {
  label: string;
  list: Paged<T>;
  nameOf: (item: T) => string;
  chosen: T | undefined;
  none: string;
  disabled?: boolean;
  onChoose: (id: string) => void;
  newLabel: string;
  onNew: () => void;
  deleteLabel: (name: string) => string;
  onDelete: () => void;
  /** Start of the test hooks: `user` gives user-select, new-user, delete-user. */
  hook: string;
}

/** One list to pick from, with a way to add to it and to delete what is picked. */
export function Chooser<T extends { id: string }>(props: ChooserProps<T>) {
  const { label, list, nameOf, chosen, none, disabled = false, hook } = props;
  const selectId = useId();
  const mayDelete = useMay('delete');
  return (
    <div class="field">
      <label for={selectId}>{label}</label>
      <div class="chooser">
        <select
          id={selectId}
          value={chosen?.id ?? ''}
          disabled={disabled}
          onChange={(event) => props.onChoose(event.currentTarget.value)}
          data-testid={`${hook}-select`}
        >
          <option value="">{none}</option>
          {list.items.map((item) => (
            <option key={item.id} value={item.id} dir="auto">
              {nameOf(item)}
            </option>
          ))}
        </select>
        <Button onClick={props.onNew} disabled={disabled} label={props.newLabel} testId={`new-${hook}`}>
          <PlusIcon />
        </Button>
        {chosen && mayDelete && (
          <Button
            kind="quiet"
            onClick={props.onDelete}
            label={props.deleteLabel(nameOf(chosen))}
            testId={`delete-${hook}`}
          >
            <BinIcon />
          </Button>
        )}
      </div>
      {list.cursor !== null && (
        <Button kind="quiet" onClick={() => void list.more()} testId={`more-${hook}s`}>
          {messages.papers.more}
        </Button>
      )}
      {list.status === 'failed' && (
        <p class="problem">
          {messages.papers.failed}{' '}
          <Button kind="quiet" onClick={() => void list.reload()}>
            {messages.manifest.again}
          </Button>
        </p>
      )}
    </div>
  );
}
