import type { TargetedKeyboardEvent } from 'preact';

const STEPS: Partial<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
const CONTROLS = 'a[href], button:not(:disabled), input:not(:disabled)';

/** Moves the focus to the same control in the next or previous row of a table. */
export function moveFocus(event: TargetedKeyboardEvent<HTMLTableElement>): void {
  const step = STEPS[event.key];
  const row = event.target instanceof Element ? event.target.closest('tbody tr') : null;
  if (step === undefined || !row || isEditing(event.target)) return;
  const next = step === 1 ? row.nextElementSibling : row.previousElementSibling;
  if (!next) return;
  event.preventDefault();
  const index = controlsOf(row).findIndex((control) => control === event.target);
  const controls = controlsOf(next);
  (controls[index] ?? controls[0])?.focus();
}

const controlsOf = (row: Element): HTMLElement[] => [...row.querySelectorAll<HTMLElement>(CONTROLS)];

/** Whether the arrow keys have a meaning in the element itself. */
const isEditing = (target: EventTarget | null): boolean =>
  target instanceof Element && target.matches('select, textarea, input:not([type="checkbox"])');
