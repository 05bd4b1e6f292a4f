import type { FileRecord } from '../../client/index';
import type { Belonging, SameNamesApi } from '../api/same-names';

/** A file to upload: where it goes, and to whom it is assigned. */
export interface Wanted {
  key: number;
  name: string;
  pathName: string;
}

/** Files of which nothing was stored under their names, and those whose name a stored file has. */
export interface Checked {
  free: number[];
  taken: Map<number, FileRecord>;
}

/** Up to this many files of a folder are looked up one by one; for more, the folder is listed. */
const FEW = 10;
/** A folder with more pages is not listed: its files are looked up one by one. */
const MOST_PAGES = 5;
const LOOKUPS_AT_ONCE = 6;
/** So many files are looked up before those with free names start. */
const SLICE = 60;

/** Identifies a name in a folder. Folders are compared in NFC, names exactly, as the service does. */
export const placeOf = (pathName: string, name: string): string => `${pathName.normalize('NFC')}/${name}`;

/**
 * Finds the stored files that have the names of the wanted ones in their folders, in parts, so that uploads start early.
 * `isRelevant` decides which stored files count. Throws the errors of the API.
 */
export class NameCheck {
  constructor(
    private readonly api: SameNamesApi,
    private readonly belonging: Belonging,
    private readonly isRelevant: (file: FileRecord) => boolean,
  ) {}

  /** `folder`: the one that the page shows; what was dropped or chosen is in it, or in folders below it. */
  async *check(wanted: readonly Wanted[], folder: string): AsyncGenerator<Checked> {
    for (const { top, isDeep, group } of byTopFolder(wanted, folder)) {
      const listed = group.length > FEW ? await this.list(top, isDeep) : null;
      if (listed) yield split(group, (each) => listed.get(placeOf(each.pathName, each.name)));
      else for (let at = 0; at < group.length; at += SLICE) yield this.lookUp(group.slice(at, at + SLICE));
    }
  }

  /** Returns the newest relevant file of this name, if any. */
  async find(pathName: string, name: string): Promise<FileRecord | undefined> {
    const found = await this.api.named(pathName, name, this.belonging);
    const place = placeOf(pathName, name);
    return found.find(
      (file) => this.isRelevant(file) && placeOf(file.path_name ?? '', file.filename) === place,
    );
  }

  private async lookUp(wanted: readonly Wanted[]): Promise<Checked> {
    const found = new Map<number, FileRecord | undefined>();
    const rest = [...wanted];
    const work = async () => {
      for (let each = rest.shift(); each; each = rest.shift())
        found.set(each.key, await this.find(each.pathName, each.name));
    };
    await Promise.all(Array.from({ length: LOOKUPS_AT_ONCE }, work));
    return split(wanted, ({ key }) => found.get(key));
  }

  /** Returns the relevant files of a folder by their places, or null where it has too many. */
  private async list(folder: string, recursive: boolean): Promise<Map<string, FileRecord> | null> {
    const listed = new Map<string, FileRecord>();
    let cursor: string | undefined;
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const { items, next_cursor } = await this.api.inFolder(folder, recursive, this.belonging, cursor);
      for (const file of items.filter((each) => this.isRelevant(each))) {
        const place = placeOf(file.path_name ?? '', file.filename);
        if (!listed.has(place)) listed.set(place, file); // the newest comes first
      }
      if (next_cursor === null) return listed;
      cursor = next_cursor;
    }
    return null;
  }
}

interface Group {
  top: string;
  /** Whether the files may be in folders below it. */
  isDeep: boolean;
  group: Wanted[];
}

/** Groups files by the folder that was dropped or chosen; others by their own folder. */
function byTopFolder(wanted: readonly Wanted[], folder: string): Iterable<Group> {
  const groups = new Map<string, Group>();
  const prefix = folder === '' ? '' : `${folder}/`;
  for (const each of wanted) {
    const isDeep = each.pathName !== folder && each.pathName.startsWith(prefix);
    const [first = ''] = each.pathName.slice(prefix.length).split('/');
    const top = isDeep ? prefix + first : each.pathName;
    const key = isDeep ? `${top}/` : top;
    const found = groups.get(key) ?? { top, isDeep, group: [] };
    found.group.push(each);
    groups.set(key, found);
  }
  return groups.values();
}

function split(wanted: readonly Wanted[], existing: (each: Wanted) => FileRecord | undefined): Checked {
  const checked: Checked = { free: [], taken: new Map() };
  for (const each of wanted) {
    const file = existing(each);
    if (file) checked.taken.set(each.key, file);
    else checked.free.push(each.key);
  }
  return checked;
}
