import { messages } from '../messages/index';
import { folderOf, isAccepted, joinPath, safePath } from './path-name';

/** A file to upload and its folder; '' for none. */
export interface ChosenFile {
  file: File;
  pathName: string;
}

/** Browsers give every picture in the clipboard this name. */
const PASTED_PICTURE = 'image.png';
/** A picture in the clipboard is a new file; one with an older time was copied as a file. Milliseconds. */
const JUST_NOW = 10_000;

/** Returns the files of an input; those of a chosen folder keep their paths. */
export function filesOfInput(input: HTMLInputElement): ChosenFile[] {
  return [...(input.files ?? [])].map((file) => {
    // not in every browser, in spite of the types
    const path = file.webkitRelativePath as string | undefined;
    return { file, pathName: folderOf(path ?? '') };
  });
}

/** Gives pasted screenshots a name with the time. */
export function namePasted(chosen: ChosenFile, now = new Date()): ChosenFile {
  const { name, type, lastModified } = chosen.file;
  if (name !== PASTED_PICTURE || now.getTime() - lastModified > JUST_NOW) return chosen;
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString();
  const time = `${local.slice(0, 10)} ${local.slice(11, 19).replaceAll(':', '.')}`;
  const named = `${messages.transfers.screenshot} ${time}.png`;
  return { ...chosen, file: new File([chosen.file], named, { type, lastModified }) };
}

/** Puts files into the folder that the list shows. `refused`: their folder is too deep, or its name too long. */
export function placeIn(folder: string, chosen: readonly ChosenFile[]) {
  const placed = chosen.map(({ file, pathName }) => ({
    file,
    pathName: joinPath(folder, safePath(pathName)),
  }));
  const files = placed.filter(({ pathName }) => isAccepted(pathName));
  const refused = placed.filter(({ pathName }) => !isAccepted(pathName));
  return { files, refused: refused.map(({ file, pathName }) => joinPath(pathName, file.name)) };
}
