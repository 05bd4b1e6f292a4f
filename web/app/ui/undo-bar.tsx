import { useEffect, useRef } from 'preact/hooks';
import { messages } from '../messages/index';
import { useAppContext } from '../state/app-context';
import type { Deletion } from '../state/deletions';
import { useStore } from '../../shared/state/store';
import { Button } from '../../shared/ui/button';

/**
 * Undo buttons for the files that were just deleted. The newest one gets the focus; the undo time is paused under the
 * pointer and while a button has the keyboard focus.
 */
export function UndoBar() {
  const { deletions, announcer } = useAppContext();
  const waiting = useStore(deletions).filter(({ state }) => state === 'waiting');
  const bar = useRef<HTMLElement>(null);
  const newest = waiting.at(-1)?.id;
  const focusNewest = () => bar.current?.querySelector<HTMLElement>('li:last-child button')?.focus();
  useEffect(focusNewest, [newest]);
  const count = useRef(0);
  useEffect(() => {
    if (count.current > waiting.length && document.activeElement === document.body) {
      if (newest) focusNewest();
      else document.getElementById('files-title')?.focus({ preventScroll: true });
    }
    if (!newest) deletions.resume();
    count.current = waiting.length;
  }, [waiting.length]);
  if (newest === undefined) return null;

  const undo = (id: string, name: string) => {
    deletions.undo(id);
    announcer.announce(messages.announcements.restored(name));
    // once the row is rendered again
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>(`[data-file-id="${id}"] [data-testid="delete"]`)?.focus(),
    );
  };
  return (
    <section
      class="undo-bar"
      ref={bar}
      aria-label={messages.undo.title}
      onMouseEnter={() => deletions.pause()}
      onMouseLeave={() => deletions.resume()}
      onFocusIn={({ target }) => {
        if ((target as HTMLElement).matches(':focus-visible')) deletions.pause();
      }}
      onFocusOut={() => deletions.resume()}
      data-testid="undo-bar"
    >
      <ul role="list">
        {batchesOf(waiting).map(({ id, name, count }) => (
          <li key={id}>
            <span>
              <bdi>{name}</bdi> {count > 1 && messages.selection.andMore(count - 1)} {messages.undo.deleted}
            </span>
            <Button
              onClick={() => undo(id, name)}
              label={messages.row.actionFor(messages.undo.undo, name)}
              testId="undo"
            >
              {messages.undo.undo}
            </Button>
          </li>
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
