/** The service's limits of a folder. */
const MAX_DEPTH = 32;
const MAX_SEGMENT = 255;
const MAX_LENGTH = 1024;
/** A longer part after the last dot of a name is no extension. */
const MAX_ENDING = 32;
/** Characters that the service refuses in the name of a folder: the backslash, control characters and lone surrogates. */
const REFUSED = /[\\\p{Cc}\p{Cs}]/gu;

/** Joins folders such as `photos` and `2026/June`; empty ones are left out. */
export const joinPath = (...parts: string[]): string => parts.filter((part) => part !== '').join('/');

/** Returns the folder with every character that the service refuses replaced by `_`. */
export const safePath = (pathName: string): string => pathName.replace(REFUSED, '_');

/** Whether the service accepts a folder that `safePath` returned: not too deep, and no name too long. */
export function isAccepted(pathName: string): boolean {
  const segments = pathName.split('/');
  return (
    segments.length <= MAX_DEPTH &&
    pathName.length <= MAX_LENGTH &&
    segments.every(({ length }) => length <= MAX_SEGMENT)
  );
}

/** Returns the folder in a path such as `photos/2026/a.jpg`; '' for a name alone. */
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** Returns the name with a number, as file managers do: `a.txt` becomes `a (2).txt`. */
export function numbered(name: string, number: number): string {
  const dot = name.lastIndexOf('.');
  const end = dot > 0 && name.length - dot <= MAX_ENDING ? name.slice(dot) : '';
  const mark = ` (${number})`;
  const stem = name.slice(0, name.length - end.length).replace(/ \(\d+\)$/, '');
  // by code points, so that no letter is cut in two
  return (
    Array.from(stem)
      .slice(0, MAX_SEGMENT - mark.length - end.length)
      .join('') +
    mark +
    end
  );
}
