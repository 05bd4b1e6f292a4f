import { useEffect } from 'preact/hooks';

/** Something that the user did on this page. `isOpen`: whether it can still be undone. */
export interface UndoableAction {
  isOpen: () => boolean;
  undo: () => void;
}

/** The actions that Ctrl+Z undoes, the last first. Those of one turn of the event loop are undone together. */
export class UndoHistory {
  private readonly groups: UndoableAction[][] = [];
  private isSameTurn = false;

  add(action: UndoableAction): void {
    if (!this.isSameTurn) {
      this.groups.push([]);
      this.isSameTurn = true;
      setTimeout(() => (this.isSameTurn = false));
    }
    this.groups.at(-1)?.push(action);
  }

  /** Undoes the last group that can still be undone. Returns whether there was one. */
  undoLast(): boolean {
    for (let group = this.groups.pop(); group; group = this.groups.pop()) {
      const open = group.filter((action) => action.isOpen());
      for (const action of open.reverse()) action.undo();
      if (open.length > 0) return true;
    }
    return false;
  }
}

/** Where the keys edit a text, which has its own undo. */
const TEXT_FIELDS =
  'textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=file])';

/** Undoes the last action by Ctrl+Z, or Cmd+Z, outside of text fields. */
export function useUndoKey(history: UndoHistory): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { ctrlKey, metaKey, shiftKey, altKey, key, target } = event;
      if (ctrlKey === metaKey || shiftKey || altKey || key.toLowerCase() !== 'z') return;
      if (target instanceof Element && target.matches(TEXT_FIELDS)) return;
      if (history.undoLast()) event.preventDefault();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [history]);
}
