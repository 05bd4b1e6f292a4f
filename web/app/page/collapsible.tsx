import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { useMediaQuery } from '../../shared/state/media-query';
import { DownIcon } from '../../shared/ui/icons';

/** The same width as in columns.css, below which there is one column. */
const NARROW = '(max-width: 52rem)';

interface CollapsibleProps {
  /** Of the title, which names the section around it. */
  id: string;
  title: string;
  /** What the closed part contains, in a few words. */
  summary: string;
  children: ComponentChildren;
}

/** A title with its content, which is closed on a phone until it is needed. */
export function Collapsible({ id, title, summary, children }: CollapsibleProps) {
  const isNarrow = useMediaQuery(NARROW);
  const [isOpen, setOpen] = useState(false);
  const contentId = useId();
  return (
    <>
      {isNarrow ? (
        <h2>
          <button
            type="button"
            class="collapsible-button"
            aria-expanded={isOpen}
            aria-controls={contentId}
            onClick={() => setOpen(!isOpen)}
            data-testid="assign-toggle"
          >
            <span id={id}>{title}</span>
            <span class="hint" data-testid="assign-summary">
              {!isOpen && summary}
            </span>
            <DownIcon />
          </button>
        </h2>
      ) : (
        <h2 id={id}>{title}</h2>
      )}
      <div class="collapsible" id={contentId} hidden={isNarrow && !isOpen}>
        {children}
      </div>
    </>
  );
}
