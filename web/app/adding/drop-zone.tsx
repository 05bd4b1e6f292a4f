import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { messages } from '../messages/index';
import { type ChosenFile, filesOfInput, placeIn } from './chosen-files';
import { type DroppedFiles, useFileDrop } from './file-drop';
import { DropIllustration } from './drop-illustration';

interface DropZoneProps {
  /** Shows what the next files are assigned to. */
  children?: ComponentChildren;
  /** The folder that the next files go into; '' for none. */
  folder: string;
  onFiles: (files: ChosenFile[]) => void;
}

/** Names that a message lists; further ones are counted. */
const NAMED = 3;

/** Accepts files and folders that are dropped anywhere on the page, pasted, or chosen with the buttons. */
export function DropZone({ children, folder, onFiles }: DropZoneProps) {
  const [problems, setProblems] = useState<string[]>([]);
  const { dropZone, transfers } = messages;

  const accept = ({ files: chosen, unreadable }: DroppedFiles) => {
    const { files, refused } = placeIn(folder, chosen);
    setProblems([
      ...(unreadable.length > 0 ? [transfers.unreadable(listOf(unreadable))] : []),
      ...(refused.length > 0 ? [transfers.refused(listOf(refused))] : []),
    ]);
    if (files.length > 0) onFiles(files);
  };
  const { isOver, found } = useFileDrop(accept);
  const choose = (input: HTMLInputElement) => {
    accept({ files: filesOfInput(input), unreadable: [] });
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
          <span>{dropZone.or}</span>
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
          <label class="button button-plain">
            {transfers.chooseFolder}
            <input
              class="visually-hidden"
              type="file"
              multiple
              {...{ webkitdirectory: true }}
              onChange={(event) => choose(event.currentTarget)}
              data-testid="drop-folder-input"
            />
          </label>
        </p>
        <p class="hint">{dropZone.hint}</p>
        {children}
        <p class="hint" role="status" data-testid="reading">
          {found !== null && transfers.reading(found)}
        </p>
        <p class="problem" role="alert" data-testid="drop-problem">
          {problems.join(' ')}
        </p>
      </div>
    </section>
  );
}

function listOf(names: readonly string[]): string {
  const { transfers } = messages;
  const shown = names.slice(0, NAMED).map((name) => transfers.named(name));
  return transfers.list(shown.join(', '), names.length - shown.length);
}
