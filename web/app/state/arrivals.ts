import { useEffect, useRef, useState } from 'preact/hooks';

/** What a drop or a paste brought. `unread`: something of it could not be read. */
export interface Arrival {
  files: File[];
  unread: boolean;
}

/**
 * Files may be dropped anywhere on the page, whole folders too, or pasted. Returns whether something is held over the
 * page just now. `take` is called with everything that a drop or a paste brought.
 */
export function useArrivals(take: (arrival: Arrival) => void): boolean {
  const [over, setOver] = useState(false);
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    const arrive = (transfer: DataTransfer) =>
      void filesOf(transfer).then((arrival) => latest.current(arrival));
    const handlers: Record<string, (event: never) => void> = {
      dragover: (event: DragEvent) => {
        event.preventDefault(); // a file that is dropped beside would otherwise replace the page
        setOver(event.dataTransfer?.types.includes('Files') ?? false);
      },
      dragleave: (event: DragEvent) => {
        if (event.relatedTarget === null) setOver(false);
      },
      drop: (event: DragEvent) => {
        event.preventDefault();
        setOver(false);
        if (event.dataTransfer) arrive(event.dataTransfer);
      },
      paste: (event: ClipboardEvent) => {
        if (!event.clipboardData?.files.length) return; // text, for the field that it is pasted into
        event.preventDefault();
        arrive(event.clipboardData);
      },
    };
    for (const [name, handler] of Object.entries(handlers)) addEventListener(name, handler as EventListener);
    return () => {
      for (const [name, handler] of Object.entries(handlers))
        removeEventListener(name, handler as EventListener);
    };
  }, []);
  return over;
}

/** The files, with those in folders at any depth. What the transfer holds has to be asked for before the first wait. */
export async function filesOf(transfer: DataTransfer): Promise<Arrival> {
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const arrival: Arrival = { files: [], unread: false };
  for (const entry of entries) {
    if (entry instanceof File) arrival.files.push(entry);
    else if (entry) await collect(entry, arrival);
  }
  return arrival;
}

async function collect(entry: FileSystemEntry, arrival: Arrival): Promise<void> {
  try {
    if (entry.isFile) arrival.files.push(await fileOf(entry as FileSystemFileEntry));
    else
      for (const child of await childrenOf(entry as FileSystemDirectoryEntry)) await collect(child, arrival);
  } catch {
    arrival.unread = true;
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** A folder is read in pieces, until one is empty. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const children: FileSystemEntry[] = [];
  for (;;) {
    const piece = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (piece.length === 0) return children;
    children.push(...piece);
  }
}
