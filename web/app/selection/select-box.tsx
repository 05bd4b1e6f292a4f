import { messages } from '../messages/index';
import { useAppContext } from '../page/app-context';
import { useStore } from '../../shared/state/store';

const isShiftSpace = ({ key, shiftKey }: KeyboardEvent): boolean => key === ' ' && shiftKey;

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
        onKeyDown={(event) => {
          if (!isShiftSpace(event)) return;
          event.preventDefault();
          selection.toggle(id, true);
        }}
        // the click of the key, which in Firefox has no `shiftKey`
        onKeyUp={(event) => isShiftSpace(event) && event.preventDefault()}
        data-testid="select"
      />
    </label>
  );
}
