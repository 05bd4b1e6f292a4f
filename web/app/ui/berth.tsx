import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { messages } from '../messages/index';
import { Quay } from './quay';

interface BerthProps {
  /** What the next files will carry: user, appointment, private. */
  children?: ComponentChildren;
  onFiles: (files: File[]) => void;
}

/** Where files come in: dropped, or chosen with the button. */
export function Berth({ children, onFiles }: BerthProps) {
  const [over, setOver] = useState(false);
  const [folders, setFolders] = useState(false);
  const { berth } = messages;

  const take = (files: File[], foldersSeen = false) => {
    setFolders(foldersSeen);
    if (files.length > 0) onFiles(files);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    if (event.dataTransfer) take(...droppedFiles(event.dataTransfer));
  };
  const choose = (input: HTMLInputElement) => {
    take([...(input.files ?? [])]);
    // The same file may be chosen again.
    input.value = '';
  };

  return (
    <section
      class={over ? 'berth berth-over' : 'berth'}
      aria-label={berth.choose}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={drop}
      data-testid="drop-zone"
    >
      <Quay />
      <div class="berth-words">
        <p class="berth-title">{over ? berth.release : berth.title}</p>
        <p class="berth-or">
          <span>{berth.or}</span>{' '}
          <label class="button button-primary">
            {berth.choose}
            <input
              class="unseen"
              type="file"
              multiple
              onChange={(event) => choose(event.currentTarget)}
              data-testid="drop-input"
            />
          </label>
        </p>
        <p class="hint">{berth.hint}</p>
        {children}
        <p class="problem" role="alert">
          {folders && berth.folders}
        </p>
      </div>
    </section>
  );
}

/** The files of a drop, and whether folders were among it: a folder looks like a file that cannot be read. */
function droppedFiles(transfer: DataTransfer): [files: File[], foldersSeen: boolean] {
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  const isFolder = (item: DataTransferItem) => item.webkitGetAsEntry()?.isDirectory === true;
  const folders = items.filter(isFolder);
  const files = items.filter((item) => !folders.includes(item)).map((item) => item.getAsFile());
  return [files.filter((file) => file !== null), folders.length > 0];
}
