import { messages } from '../messages/index';
import { useAppContext } from '../state/app-context';
import { useStore } from '../../shared/state/store';

/** Chooses a file: click, Shift+click, Space, Shift+Space. Other keys are those of the list (`selection-keys.ts`). */
export function SelectBox({ id, name }: { id: string; name: string }) {
  const { selection } = useAppContext();
  const isChosen = useStore(selection).has(id);
  return (
    <label class="select-box">
      <input
        type="checkbox"
        checked={isChosen}
        aria-label={messages.selection.choose(name)}
        onClick={(event) => selection.toggle(id, event.shiftKey)}
        data-testid="select"
      />
    </label>
  );
}
