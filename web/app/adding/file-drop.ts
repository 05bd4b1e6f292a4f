import { useEffect, useRef, useState } from 'preact/hooks';
import { filesOf } from '../../client/store/index';
import { type ChosenFile, namePasted } from './chosen-files';
import { joinPath } from './path-name';

/** The files of a drop or a paste. `unreadable`: paths of the files and folders that could not be read. */
export interface DroppedFiles {
  files: ChosenFile[];
  unreadable: string[];
}

export interface FileDrop {
  /** Whether files are dragged over the page at the moment. */
  isOver: boolean;
  /** The number of files found so far, while folders are read; else null. */
  found: number | null;
}

/** Accepts files and folders that are dropped anywhere on the page, or pasted, and passes them to `onFiles`. */
export function useFileDrop(onFiles: (dropped: DroppedFiles) => void): FileDrop {
  const [isOver, setIsOver] = useState(false);
  const [found, setFound] = useState<number | null>(null);
  const latest = useRef(onFiles);
  latest.current = onFiles;
  useEffect(() => {
    const accept = async (transfer: DataTransfer, name = (chosen: ChosenFile) => chosen) => {
      const { files, unreadable } = await filesOf(transfer, setFound);
      setFound(null);
      latest.current({
        files: files.map((chosen) => name(chosen)),
        unreadable: unreadable.map((each) => joinPath(each.pathName, each.name)),
      });
    };
    const handlers: Record<string, (event: never) => void> = {
      dragover: (event: DragEvent) => {
        event.preventDefault(); // otherwise the browser opens the dropped file in place of the page
        setIsOver(event.dataTransfer?.types.includes('Files') ?? false);
      },
      dragleave: (event: DragEvent) => {
        if (event.relatedTarget === null) setIsOver(false);
      },
      drop: (event: DragEvent) => {
        event.preventDefault();
        setIsOver(false);
        if (event.dataTransfer) void accept(event.dataTransfer);
      },
      paste: (event: ClipboardEvent) => {
        if (!event.clipboardData?.files.length) return; // text: the focused field handles it
        event.preventDefault();
        void accept(event.clipboardData, namePasted);
      },
    };
    for (const [name, handler] of Object.entries(handlers)) addEventListener(name, handler as EventListener);
    return () => {
      for (const [name, handler] of Object.entries(handlers))
        removeEventListener(name, handler as EventListener);
    };
  }, []);
  return { isOver, found };
}
