import { useEffect, useRef } from 'preact/hooks';
import { messages } from '../messages/index';
import { useHarbour } from '../state/harbour';
import { useStore } from '../state/store';
import { Button } from './button';

/**
 * What was deleted a moment ago, with a way back. The focus goes to the newest, so that a key is enough; under the mouse or
 * a keyboard's focus the time stands still.
 */
export function UndoBar() {
  const { deletions, announcer } = useHarbour();
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
    if (!newest) deletions.release();
    count.current = waiting.length;
  }, [waiting.length]);
  if (newest === undefined) return null;

  const undo = (id: string, name: string) => {
    deletions.undo(id);
    announcer.say(messages.announce.undone(name));
    // once the row is there again
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>(`[data-file-id="${id}"] [data-testid="delete"]`)?.focus(),
    );
  };
  return (
    <section
      class="undo"
      ref={bar}
      aria-label={messages.undo.title}
      onMouseEnter={() => deletions.hold()}
      onMouseLeave={() => deletions.release()}
      onFocusIn={({ target }) => {
        if ((target as HTMLElement).matches(':focus-visible')) deletions.hold();
      }}
      onFocusOut={() => deletions.release()}
      data-testid="undo-bar"
    >
      <ul role="list">
        {waiting.map(({ id, name }) => (
          <li key={id}>
            <span>
              <bdi>{name}</bdi> {messages.undo.deleted}
            </span>
            <Button
              onClick={() => undo(id, name)}
              label={messages.row.of(messages.undo.undo, name)}
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
