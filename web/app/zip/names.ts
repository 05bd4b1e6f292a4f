/** A file's name and folder, as the service has them: both untrusted. */
export interface Named {
  filename: string;
  path_name: string | null;
}

/** Most file systems limit a name to this many bytes. */
const MAX_NAME_BYTES = 255;
/** Control characters, those that Windows forbids, separators, and marks that reverse the letters of a name. */
const FORBIDDEN =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f"*/:<>?\\|\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
/** Names that Windows opens as devices, with any extension
 * (https://learn.microsoft.com/windows/win32/fileio/naming-a-file). */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³])\s*(?:\.|$)/i;

/** A folder of the archive: the names that are taken in it, and its folders by their original names. */
interface Folder {
  path: string;
  taken: Set<string>;
  folders: Map<string, Folder>;
}

/**
 * Returns the names in an archive, one for each file: the file's folder below `base`, and its name, with nothing that leads
 * out of the folder in which the archive is unpacked. Names that are equal but for case get ` (2)`, ` (3)` and so on.
 */
export function archiveNames(files: readonly Named[], base = ''): string[] {
  const root = newFolder('');
  return files.map(({ filename, path_name }) => {
    const segments = below(path_name ?? '', base)
      .split('/')
      .filter(Boolean);
    const folder = segments.reduce(folderIn, root);
    return folder.path + takeName(folder, safeName(filename));
  });
}

/** Returns a name that every file system accepts as one file, without a way out of its folder. */
export function safeName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replace(FORBIDDEN, '_')
    .replace(/^\s+/, '')
    .replace(/[. ]+$/, '');
  const usable = plain === '' ? '_' : DEVICE.test(plain) ? `_${plain}` : plain;
  return shortened(usable);
}

function newFolder(path: string): Folder {
  return { path, taken: new Set(), folders: new Map() };
}

function folderIn(parent: Folder, segment: string): Folder {
  const known = parent.folders.get(segment);
  if (known) return known;
  const made = newFolder(`${parent.path}${takeName(parent, safeName(segment))}/`);
  parent.folders.set(segment, made);
  return made;
}

/** Returns the name, or with a number where the folder has it already. */
function takeName({ taken }: Folder, name: string): string {
  let free = name;
  for (let number = 2; taken.has(keyOf(free)); number += 1) free = numbered(name, number);
  taken.add(keyOf(free));
  return free;
}

const keyOf = (name: string): string => name.normalize('NFC').toLowerCase();

function numbered(name: string, number: number): string {
  const { stem, extension } = split(name);
  return shortened(`${stem} (${number})${extension}`, ` (${number})${extension}`);
}

/** Cuts the name before `tail`, by default its extension, at MAX_NAME_BYTES. */
function shortened(name: string, tail = split(name).extension): string {
  if (bytesOf(name) <= MAX_NAME_BYTES) return name;
  if (bytesOf(tail) > MAX_NAME_BYTES / 2) tail = '';
  let stem = '';
  for (const letter of name.slice(0, name.length - tail.length)) {
    if (bytesOf(stem + letter + tail) > MAX_NAME_BYTES) break;
    stem += letter;
  }
  return stem + tail;
}

function split(name: string): { stem: string; extension: string } {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? { stem: name, extension: '' } : { stem: name.slice(0, dot), extension: name.slice(dot) };
}

const encoder = new TextEncoder();
const bytesOf = (text: string): number => encoder.encode(text).length;

/** Returns the part of a folder's path below `base`; all of it where it is elsewhere. */
function below(path: string, base: string): string {
  return base !== '' && (path === base || path.startsWith(`${base}/`)) ? path.slice(base.length) : path;
}
