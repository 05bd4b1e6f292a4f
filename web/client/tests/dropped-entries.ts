/** What a browser passes to the handler of a drop or a paste. */

/** A file that is not in a folder, or in one of `folderEntry`. */
export function fileEntry(file: File, fullPath = `/${file.name}`): FakeEntry {
  const { name } = file;
  return { isFile: true, name, fullPath, content: file, file: (done: (file: File) => void) => done(file) };
}

/** A folder with its entries, whose paths it completes. */
export function folderEntry(name: string, ...children: FakeEntry[]): FakeEntry {
  const below = (entry: FakeEntry): FakeEntry => ({
    ...entry,
    fullPath: `/${name}${entry.fullPath}`,
    ...(entry.children && { children: entry.children.map(below) }),
  });
  const inside = children.map(below);
  const folder: FakeEntry = { isFile: false, name, fullPath: `/${name}`, children: inside };
  return withReader(folder);
}

/** A folder that cannot be read. */
export function brokenFolder(name: string): FakeEntry {
  const createReader = () => ({
    readEntries: (_: unknown, fail: (error: Error) => void) => fail(new Error('gone')),
  });
  return { isFile: false, name, fullPath: `/${name}`, createReader };
}

/** The transferred files and folders; without any it is text. */
export function transfer(...entries: FakeEntry[]): DataTransfer {
  const items = entries.map((entry) => ({
    kind: 'file',
    getAsFile: () => entry.content ?? null,
    webkitGetAsEntry: () => (entry.isFile ? entry : withReader(entry)),
  }));
  const files = entries.flatMap(({ content }) => content ?? []);
  const types = entries.length > 0 ? ['Files'] : ['text/plain'];
  return { items, files, types } as unknown as DataTransfer;
}

interface FakeEntry {
  isFile: boolean;
  name: string;
  fullPath: string;
  content?: File;
  children?: FakeEntry[];
  file?: (done: (file: File) => void) => void;
  createReader?: () => unknown;
}

/** `readEntries` returns one entry at a time, then none. */
function withReader(folder: FakeEntry): FakeEntry {
  if (!folder.children) return folder;
  const children = folder.children.map(withReader);
  const createReader = () => {
    const rest = [...children];
    return { readEntries: (done: (batch: FakeEntry[]) => void) => done(rest.splice(0, 1)) };
  };
  return { ...folder, createReader };
}
