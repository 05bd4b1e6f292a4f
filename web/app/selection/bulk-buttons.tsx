import type { ComponentType } from 'preact';
import type { FileRecord } from '../../client/index';
import { useStore } from '../../shared/state/store';
import { useHasScope } from '../../shared/ui/account';
import { Button } from '../../shared/ui/button';
import { BinIcon, CrossIcon, DownloadIcon, FolderIcon, LinkIcon, RetryIcon } from '../../shared/ui/icons';
import { messages } from '../messages/index';
import { useAppContext } from '../page/app-context';
import { type BulkAction, planBulk } from './bulk';

const ICONS: Record<BulkAction, ComponentType> = {
  zip: DownloadIcon,
  move: FolderIcon,
  links: LinkIcon,
  scanAgain: RetryIcon,
  delete: BinIcon,
};

export interface BulkButtonsProps {
  chosen: readonly FileRecord[];
  onAction: (action: BulkAction) => void;
}

/** The buttons of the actions that are possible for at least one of the files. */
export function BulkButtons({ chosen, onAction }: BulkButtonsProps) {
  const { selection, zips } = useAppContext();
  const isZipping = useStore(zips)?.state === 'running';
  const [mayChange, mayRead, mayDelete] = [useHasScope('upload'), useHasScope('read'), useHasScope('delete')];
  const { selection: texts } = messages;
  const allowed: Record<BulkAction, boolean> = {
    zip: mayRead && !isZipping,
    move: mayChange,
    links: mayRead,
    scanAgain: true,
    delete: mayDelete,
  };
  const offered = (Object.keys(allowed) as BulkAction[]).filter(
    (action) => allowed[action] && planBulk(action, chosen).files.length > 0,
  );
  return (
    <div class="selection-actions">
      {offered.map((action) => {
        const Icon = ICONS[action];
        return (
          <Button
            key={action}
            onClick={() => onAction(action)}
            label={texts.actionFor(texts.actions[action], chosen.length)}
            testId={`selected-${action}`}
          >
            <Icon /> <span class="button-word">{texts.actions[action]}</span>
          </Button>
        );
      })}
      <Button
        kind="quiet"
        onClick={() => {
          selection.clear();
          document.getElementById('files-title')?.focus({ preventScroll: true });
        }}
        label={texts.clear}
        testId="clear-selection"
      >
        <CrossIcon />
      </Button>
    </div>
  );
}
