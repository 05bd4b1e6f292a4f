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
 * as the browser empties them afterwards. `onFound` is called with the number of files found before each folder.
 */
export async function filesOf(
  transfer: DataTransfer,
  onFound: (count: number) => void = () => undefined,
): Promise<Transferred> {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  const dropped = items.map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const files = dropped.filter((each) => each instanceof File).map((file) => ({ file, pathName: '' }));
  const found: Transferred = { files, unreadable: [] };
  const entries = dropped.filter((each) => each !== null && !(each instanceof File)) as FileSystemEntry[];
  await collect(entries, '', found, onFound);
  return found;
}

/** Adds the files among the entries, then those in the folders among them. */
async function collect(
  entries: readonly FileSystemEntry[],
  pathName: string,
  found: Transferred,
  onFound: (count: number) => void,
): Promise<void> {
  const lost = (name: string) => found.unreadable.push({ name, pathName, file: null, reason: 'unreadable' });
  const files = entries.filter(({ isFile }) => isFile) as FileSystemFileEntry[];
  const read = await Promise.all(files.map((entry) => fileOf(entry).catch(() => entry.name)));
  for (const file of read) {
    if (file instanceof File) found.files.push({ file, pathName });
    else lost(file);
  }
  for (const folder of entries.filter(({ isFile }) => !isFile)) {
    onFound(found.files.length);
    const path = pathName === '' ? folder.name : `${pathName}/${folder.name}`;
    try {
      for await (const batch of batchesOf(folder as FileSystemDirectoryEntry))
        await collect(batch, path, found, onFound);
    } catch {
      lost(folder.name);
    }
  }
}

/** `/photos/2026/a.jpg` → `photos/2026` */
const parentOf = (path: string): string => path.split('/').slice(0, -1).filter(Boolean).join('/');

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
