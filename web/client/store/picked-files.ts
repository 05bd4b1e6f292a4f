/** A file with the folder that it was chosen in, such as `photos/2026`; '' for none. */
export interface PickedFile {
  readonly file: File;
  readonly pathName: string;
}

/** A file that a dropzone does not accept. */
export interface RejectedFile {
  readonly name: string;
  readonly pathName: string;
  /** null if it could not be read. */
  readonly file: File | null;
  readonly reason: 'type' | 'too_many' | 'unreadable';
}

export interface Transferred {
  readonly files: PickedFile[];
  readonly unreadable: RejectedFile[];
}

/** Returns the folder of a file of `<input webkitdirectory>`, or ''. */
export const folderOf = (file: Blob): string => parentOf((file as Partial<File>).webkitRelativePath ?? '');

/**
 * Returns the files of a drop or a paste, with those in folders at any depth. Reads its items before the first `await`,
 * as the browser empties them afterwards.
 */
export async function filesOf(transfer: DataTransfer): Promise<Transferred> {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const found: Transferred = { files: [], unreadable: [] };
  for (const entry of entries) {
    if (entry instanceof File) found.files.push({ file: entry, pathName: '' });
    else if (entry) await collect(entry, found);
  }
  return found;
}

async function collect(entry: FileSystemEntry, found: Transferred): Promise<void> {
  const pathName = parentOf(entry.fullPath);
  try {
    if (entry.isFile) found.files.push({ file: await fileOf(entry as FileSystemFileEntry), pathName });
    else for (const child of await childrenOf(entry as FileSystemDirectoryEntry)) await collect(child, found);
  } catch {
    found.unreadable.push({ name: entry.name, pathName, file: null, reason: 'unreadable' });
  }
}

/** `/photos/2026/a.jpg` → `photos/2026` */
const parentOf = (path: string): string => path.split('/').slice(0, -1).filter(Boolean).join('/');

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
