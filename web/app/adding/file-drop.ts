import { useEffect, useRef, useState } from 'preact/hooks';
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
      latest.current({ files: files.map((chosen) => name(chosen)), unreadable });
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

/**
 * Returns the files of a transfer with their paths, including those in folders at any depth. Reads its items before the
 * first `await`. `onFound` is called with the number of files found so far.
 */
export async function filesOf(
  transfer: DataTransfer,
  onFound: (count: number) => void = () => undefined,
): Promise<DroppedFiles> {
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  const dropped: DroppedFiles = { files: [], unreadable: [] };
  const entries: FileSystemEntry[] = [];
  for (const item of items) {
    const entry = item.webkitGetAsEntry();
    const file = entry ? null : item.getAsFile();
    if (entry) entries.push(entry);
    if (file) dropped.files.push({ file, pathName: '' });
  }
  await collect(entries, '', dropped, onFound);
  return dropped;
}

/** Adds the files among the entries, then those in the folders among them. */
async function collect(
  entries: readonly FileSystemEntry[],
  pathName: string,
  dropped: DroppedFiles,
  onFound: (count: number) => void,
): Promise<void> {
  const files = entries.filter(({ isFile }) => isFile) as FileSystemFileEntry[];
  const read = await Promise.all(files.map((entry) => fileOf(entry).catch(() => null)));
  for (const [at, file] of read.entries()) {
    if (file) dropped.files.push({ file, pathName });
    else dropped.unreadable.push(joinPath(pathName, files[at]?.name ?? ''));
  }
  for (const folder of entries.filter(({ isFile }) => !isFile)) {
    const path = joinPath(pathName, folder.name);
    onFound(dropped.files.length);
    try {
      for await (const batch of batchesOf(folder as FileSystemDirectoryEntry))
        await collect(batch, path, dropped, onFound);
    } catch {
      dropped.unreadable.push(path);
    }
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** Yields the entries of a folder in the browser's batches, of which an empty one is the last. */
async function* batchesOf(folder: FileSystemDirectoryEntry): AsyncGenerator<FileSystemEntry[]> {
  const reader = folder.createReader();
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (batch.length === 0) return;
    yield batch;
  }
}
