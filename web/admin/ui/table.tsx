import type { ComponentChildren, TargetedKeyboardEvent } from 'preact';
import type { PagedList } from '../../shared/state/paged-list';
import { Button } from '../../shared/ui/button';
import { messages } from '../messages/index';
import type { Selection } from '../state/selection';
import { moveFocus } from './arrow-keys';
import { Empty, Failed, Loading, Outdated } from './states';

export interface Column<T> {
  /** Part of the cells' class: `cell-KEY`. */
  key: string;
  title: string;
  render: (item: T) => ComponentChildren;
  /** Whether it names the row. */
  isHead?: boolean;
}

interface TableProps<T> {
  /** Names the table for screen readers. */
  label: string;
  list: PagedList<T>;
  idOf: (item: T) => string;
  /** Names a row for screen readers. */
  nameOf: (item: T) => string;
  columns: readonly Column<T>[];
  /** Rows can be chosen where this is given. */
  selection?: Selection;
  empty: string;
  emptyHint?: string;
  /** The button that loads the next page. */
  moreLabel?: string | undefined;
  /** `data-testid` of the table; its rows have `TESTID-row`. */
  testId: string;
}

/**
 * A list of the API as a table, page by page; on a phone as a card for each row. The arrow keys move between the rows, and
 * Shift with a click or the space bar chooses all rows in between.
 */
export function Table<T>(props: TableProps<T>) {
  const { list, label, columns, selection, testId, idOf } = props;
  const retry = () => void list.reload();
  const { items, status, problem } = list;
  if (items.length === 0 && status === 'failed') return <Failed problem={problem} onRetry={retry} />;
  if (items.length === 0 && status === 'loading') return <Loading />;
  if (items.length === 0 && list.cursor === null) return <Empty text={props.empty} hint={props.emptyHint} />;
  return (
    <>
      {status === 'failed' && <Outdated problem={problem} onRetry={retry} />}
      {/* explicit roles: as cards, the elements are not displayed as a table */}
      <table
        class="table"
        role="table"
        aria-label={label}
        aria-busy={status === 'loading'}
        onKeyDown={(event: TargetedKeyboardEvent<HTMLTableElement>) => moveFocus(event)}
        data-testid={testId}
      >
        <thead role="rowgroup">
          <tr role="row">
            {selection && (
              <th role="columnheader" class="cell-choice">
                <SelectAll selection={selection} />
              </th>
            )}
            {columns.map(({ key, title }) => (
              <th key={key} role="columnheader" scope="col" class={`cell-${key}`}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {items.map((item) => (
            <Row key={idOf(item)} item={item} {...props} />
          ))}
        </tbody>
      </table>
      <More list={list} label={props.moreLabel ?? messages.table.more} />
    </>
  );
}

function Row<T>({ item, columns, selection, idOf, nameOf, testId }: TableProps<T> & { item: T }) {
  const id = idOf(item);
  const isChosen = selection?.ids.has(id) ?? false;
  return (
    <tr role="row" class={isChosen ? 'chosen' : undefined} data-testid={`${testId}-row`} data-id={id}>
      {selection && (
        <td role="cell" class="cell-choice">
          <label class="choice">
            <input
              type="checkbox"
              checked={isChosen}
              aria-label={messages.table.choose(nameOf(item))}
              onClick={(event) => selection.toggle(id, event.shiftKey)}
              data-testid="choose"
            />
          </label>
        </td>
      )}
      {columns.map(({ key, title, render, isHead }) => {
        const Cell = isHead ? 'th' : 'td';
        return (
          <Cell
            key={key}
            role={isHead ? 'rowheader' : 'cell'}
            scope={isHead ? 'row' : undefined}
            class={`cell-${key}`}
            data-title={title}
          >
            <div>{render(item)}</div>
          </Cell>
        );
      })}
    </tr>
  );
}

function SelectAll({ selection }: { selection: Selection }) {
  return (
    <label class="choice">
      <input
        type="checkbox"
        checked={selection.extent === 'all'}
        indeterminate={selection.extent === 'some'}
        aria-label={messages.table.chooseAll}
        onClick={() => selection.toggleAll()}
        data-testid="choose-all"
      />
    </label>
  );
}

function More<T>({ list, label }: { list: PagedList<T>; label: string }) {
  if (list.cursor === null) return null;
  return (
    <div class="list-end">
      <Button onClick={() => void list.more()} disabled={list.status === 'loading'} testId="show-more">
        {label}
      </Button>
    </div>
  );
}
