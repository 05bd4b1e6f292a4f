import { Button } from '../../shared/ui/button';
import type { Decision } from '../api/decisions';
import type { FileFilter } from '../api/files';
import type { Selection } from '../state/selection';
import { formatCount } from '../text';
import { DecideButtons } from './decide-buttons';
import { texts } from './texts';

interface DecideBarProps {
  selection: Selection;
  /** The filter of the list; null if it finds all files. */
  filter: FileFilter | null;
  isAllFound: boolean;
  onAllFound: (isAllFound: boolean) => void;
  onDecided: (decision: Decision) => void;
}

/** What to do with the selected files, or with all that the filter finds. */
export function DecideBar({ selection, filter, isAllFound, onAllFound, onDecided }: DecideBarProps) {
  const count = selection.ids.size;
  const isFilter = isAllFound && filter !== null;
  const clear = () => {
    onAllFound(false);
    selection.clear();
  };
  return (
    <section class="decide-bar" aria-label={texts.bar} data-testid="decide-bar">
      <p role="status" class={isFilter || count > 0 ? undefined : 'hint'} data-testid="chosen">
        {describeChoice(isFilter, count)}
      </p>
      {(isFilter || count > 0) && (
        <>
          <DecideButtons
            target={isFilter ? { filter } : { file_ids: [...selection.ids] }}
            onDecided={(decision) => {
              clear();
              onDecided(decision);
            }}
          />
          <Button kind="quiet" onClick={clear} testId="clear-selection">
            {texts.clear}
          </Button>
        </>
      )}
      {filter !== null && !isFilter && (
        <Button kind="quiet" onClick={() => onAllFound(true)} testId="choose-all-found">
          {texts.chooseAllFound}
        </Button>
      )}
    </section>
  );
}

function describeChoice(isFilter: boolean, count: number): string {
  if (isFilter) return texts.allFound;
  return count === 0 ? texts.chooseHint : texts.chosen(formatCount(count), count === 1);
}
