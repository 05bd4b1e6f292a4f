import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { messages } from '../messages/index';
import { type DroppedFiles, useFileDrop } from '../state/file-drop';
import { DropIllustration } from './drop-illustration';

interface DropZoneProps {
  /** Shows what the next files are assigned to. */
  children?: ComponentChildren;
  onFiles: (files: File[]) => void;
}

/** Accepts files that are dropped anywhere on the page, pasted, or chosen with the button. */
export function DropZone({ children, onFiles }: DropZoneProps) {
  const [hasUnreadable, setHasUnreadable] = useState(false);
  const { dropZone } = messages;

  const accept = ({ files, unreadable }: DroppedFiles) => {
    setHasUnreadable(unreadable);
    if (files.length > 0) onFiles(files);
  };
  const isOver = useFileDrop(accept);
  const choose = (input: HTMLInputElement) => {
    accept({ files: [...(input.files ?? [])], unreadable: false });
    // so that choosing the same file again is a change
    input.value = '';
  };

  return (
    <section
      class={isOver ? 'drop-zone drop-zone-over' : 'drop-zone'}
      aria-label={dropZone.choose}
      data-testid="drop-zone"
    >
      <DropIllustration />
      <div class="drop-zone-text">
        <p class="drop-zone-title">{isOver ? dropZone.over : dropZone.title}</p>
        <p class="drop-zone-or">
          <span>{dropZone.or}</span>{' '}
          <label class="button button-primary">
            {dropZone.choose}
            <input
              class="visually-hidden"
              type="file"
              multiple
              onChange={(event) => choose(event.currentTarget)}
              data-testid="drop-input"
            />
          </label>
        </p>
        <p class="hint">{dropZone.hint}</p>
        {children}
        <p class="problem" role="alert">
          {hasUnreadable && dropZone.unreadable}
        </p>
      </div>
    </section>
  );
}
