import type { Selection } from './selection';

const STEPS: Partial<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
const BOX = '[data-testid="select"]';
/** Elements for which a click or a key has a meaning of its own. */
const CONTROLS = 'a, button, input, label, select, textarea, summary, dialog';

/** Ctrl+A chooses all files, Escape none, the arrow keys move between the rows, with Shift they choose. */
export function handleKey(event: KeyboardEvent, list: Element, selection: Selection): void {
  const target = event.target instanceof Element ? event.target : null;
  if (event.defaultPrevented || !target || target.closest('dialog, select, textarea') || isText(target))
    return;
  const step = STEPS[event.key];
  if (event.key === 'a' && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
    event.preventDefault();
    selection.all();
  } else if (event.key === 'Escape' && selection.get().size > 0) {
    selection.clear();
  } else if (step !== undefined && target.matches(BOX)) {
    event.preventDefault();
    moveFocus(target, step, event.shiftKey, list, selection);
  }
}

const isText = (target: Element): boolean =>
  target.matches('input:not([type="checkbox"]), [contenteditable]');

function moveFocus(box: Element, step: number, extend: boolean, list: Element, selection: Selection): void {
  const boxes = [...list.querySelectorAll<HTMLElement>(BOX)];
  const next = boxes[boxes.findIndex((each) => each === box) + step];
  if (!next) return;
  next.focus();
  const [from, to] = [idOf(box), idOf(next)];
  if (extend && from && to) selection.extend(from, to);
}

const idOf = (inside: Element): string | undefined =>
  inside.closest<HTMLElement>('[data-file-id]')?.dataset['fileId'];

/** A click on a row chooses it, except on its controls and at the end of marking text. */
export function handleClick(event: MouseEvent, selection: Selection): void {
  const row = clickedRow(event);
  const id = row?.dataset['fileId'];
  if (!row || !id || (!event.shiftKey && getSelection()?.type === 'Range')) return;
  selection.toggle(id, event.shiftKey);
  row.querySelector<HTMLElement>(BOX)?.focus({ preventScroll: true });
}

/** Shift with a click would mark the text up to there. */
export function handleMouseDown(event: MouseEvent): void {
  if (event.shiftKey && clickedRow(event)) event.preventDefault();
}

function clickedRow({ target }: MouseEvent): HTMLElement | null {
  if (!(target instanceof Element) || target.closest(CONTROLS)) return null;
  return target.closest<HTMLElement>('[data-file-id]');
}
