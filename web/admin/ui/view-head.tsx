import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { messages } from '../messages/index';

export const TITLE_ID = 'view-title';

interface ViewHeadProps {
  title: string;
  hint?: string;
  /** Buttons next to the title. */
  children?: ComponentChildren;
}

/** The title of a view. It gets the focus when the view replaces another one, so that screen readers read it. */
export function ViewHead({ title, hint, children }: ViewHeadProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // not on the first load: the browser begins at the top of the page
    if (hasNavigated) heading.current?.focus({ preventScroll: true });
    hasNavigated = true;
    scrollTo(0, 0);
  }, []);
  useEffect(() => {
    document.title = messages.titleOf(title);
  }, [title]);
  return (
    <div class="view-head">
      <h2 id={TITLE_ID} tabIndex={-1} ref={heading} data-testid="view-title">
        <bdi>{title}</bdi>
      </h2>
      {hint && <p class="hint">{hint}</p>}
      {children && <div class="view-actions">{children}</div>}
    </div>
  );
}

let hasNavigated = false;
