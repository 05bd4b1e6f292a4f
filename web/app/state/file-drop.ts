import { useEffect, useRef, useState } from 'preact/hooks';

/** The files of a drop or a paste. `unreadable`: some files or folders could not be read. */
export interface DroppedFiles {
  files: File[];
  unreadable: boolean;
}

/**
 * Accepts files and folders that are dropped anywhere on the page, or pasted, and passes them to `onFiles`. Returns
 * whether files are dragged over the page at the moment.
 */
export function useFileDrop(onFiles: (dropped: DroppedFiles) => void): boolean {
  const [isOver, setIsOver] = useState(false);
  const latest = useRef(onFiles);
  latest.current = onFiles;
  useEffect(() => {
    const accept = (transfer: DataTransfer) =>
      void filesOf(transfer).then((dropped) => latest.current(dropped));
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
        if (event.dataTransfer) accept(event.dataTransfer);
      },
      paste: (event: ClipboardEvent) => {
        if (!event.clipboardData?.files.length) return; // text: the focused field handles it
        event.preventDefault();
        accept(event.clipboardData);
      },
    };
    for (const [name, handler] of Object.entries(handlers)) addEventListener(name, handler as EventListener);
    return () => {
      for (const [name, handler] of Object.entries(handlers))
        removeEventListener(name, handler as EventListener);
    };
  }, []);
  return isOver;
}

/** Returns the files of a transfer, including those in folders at any depth. Reads its items before the first `await`. */
export async function filesOf(transfer: DataTransfer): Promise<DroppedFiles> {
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const dropped: DroppedFiles = { files: [], unreadable: false };
  for (const entry of entries) {
    if (entry instanceof File) dropped.files.push(entry);
    else if (entry) await collect(entry, dropped);
  }
  return dropped;
}

async function collect(entry: FileSystemEntry, dropped: DroppedFiles): Promise<void> {
  try {
    if (entry.isFile) dropped.files.push(await fileOf(entry as FileSystemFileEntry));
    else
      for (const child of await childrenOf(entry as FileSystemDirectoryEntry)) await collect(child, dropped);
  } catch {
    dropped.unreadable = true;
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** Returns all entries of a folder: `readEntries` returns them in batches, the last one empty. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const children: FileSystemEntry[] = [];
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (batch.length === 0) return children;
    children.push(...batch);
  }
}
