import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { messages } from '../messages/index';
import { useAppContext } from '../page/app-context';
import type { Deletion } from './deletions';
import { describeMove, describeRenameError } from './change-events';
import type { Rename } from './renames';
import { useStore } from '../../shared/state/store';
import { Button } from '../../shared/ui/button';

/**
 * Undo buttons for the files that were just renamed, moved or deleted. The newest deletion gets the focus, as its row is gone; the
 * undo time is paused under the pointer and while a button has the keyboard focus.
 */
export function UndoBar() {
  const { deletions, renames, moves, announcer } = useAppContext();
  const waiting = useStore(deletions).filter(({ state }) => state === 'waiting');
  const renamed = useStore(renames);
  const moved = useStore(moves);
  const bar = useRef<HTMLElement>(null);
  const newest = waiting.at(-1)?.id;
  const focusNewest = () => bar.current?.querySelector<HTMLElement>('li:last-child button')?.focus();
  useEffect(() => {
    if (newest) focusNewest();
  }, [newest]);
  const count = useRef(0);
  const total = waiting.length + renamed.length + moved.length;
  useEffect(() => {
    if (count.current > total && document.activeElement === document.body) {
      if (total > 0) focusNewest();
      else document.getElementById('files-title')?.focus({ preventScroll: true });
    }
    if (total === 0) resume();
    count.current = total;
  }, [total]);
  const pause = () => {
    deletions.pause();
    renames.pause();
    moves.pause();
  };
  const resume = () => {
    deletions.resume();
    renames.resume();
    moves.resume();
  };
  if (total === 0) return null;

  const undo = (id: string, name: string) => {
    deletions.undo(id);
    announcer.announce(messages.announcements.restored(name));
    focusRow(id, 'delete');
  };
  const undoRename = (rename: Rename) => void renames.undo(rename).then(() => focusRow(rename.id, 'rename'));
  return (
    <section
      class="undo-bar"
      ref={bar}
      aria-label={messages.undo.title}
      onMouseEnter={pause}
      onMouseLeave={resume}
      onFocusIn={({ target }) => {
        if ((target as HTMLElement).matches(':focus-visible')) pause();
      }}
      onFocusOut={resume}
      data-testid="undo-bar"
    >
      <ul role="list">
        {renamed.map((rename) => (
          <UndoLine
            key={`${rename.id} ${rename.version}`}
            name={rename.to}
            text={describeRename(rename)}
            onUndo={() => undoRename(rename)}
          />
        ))}
        {moved.map((move) => (
          <UndoLine
            key={`move ${move.id}`}
            name={move.files[0]?.file.filename ?? ''}
            text={describeMove(move)}
            onUndo={() => void moves.undo(move)}
          />
        ))}
        {batchesOf(waiting).map(({ id, name, count }) => (
          <UndoLine
            key={id}
            name={name}
            text={
              <>
                <bdi>{name}</bdi> {count > 1 && messages.selection.andMore(count - 1)} {messages.undo.deleted}
              </>
            }
            onUndo={() => undo(id, name)}
          />
        ))}
      </ul>
    </section>
  );
}

/** Returns the first file of each batch, and how many files it has. */
function batchesOf(deletions: readonly Deletion[]): (Deletion & { count: number })[] {
  const batches = new Map<number, Deletion & { count: number }>();
  for (const each of deletions) {
    const known = batches.get(each.batch);
    if (known) known.count += 1;
    else batches.set(each.batch, { ...each, count: 1 });
  }
  return [...batches.values()];
}

interface UndoLineProps {
  name: string;
  text: ComponentChildren;
  onUndo: () => void;
}

function UndoLine({ name, text, onUndo }: UndoLineProps) {
  const { undo } = messages.undo;
  return (
    <li>
      <span>{text}</span>
      <Button onClick={onUndo} label={messages.row.actionFor(undo, name)} testId="undo">
        {undo}
      </Button>
    </li>
  );
}

function describeRename({ from, to, problem }: Rename): string {
  const { details } = messages;
  return problem === undefined
    ? details.renamedTo(from, to)
    : details.notUndone(to, describeRenameError(problem));
}

/** Focuses a button of a file's row, once the row is rendered again. */
function focusRow(id: string, testId: string): void {
  requestAnimationFrame(() =>
    document.querySelector<HTMLElement>(`[data-file-id="${id}"] [data-testid="${testId}"]`)?.focus(),
  );
}
