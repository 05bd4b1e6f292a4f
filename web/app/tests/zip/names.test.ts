import { expect, test } from 'vitest';
import { archiveNames, safeName } from '../../zip/names';

const at = (path_name: string | null, filename: string) => ({ path_name, filename });

test.each([
  ['report.txt', 'report.txt'],
  ['..', '_'],
  ['.', '_'],
  ['../../etc/passwd', '.._.._etc_passwd'],
  ['C:\\Windows\\win.ini', 'C__Windows_win.ini'],
  ['/etc/passwd', '_etc_passwd'],
  ['a\u0000b\nc\u007f', 'a_b_c_'],
  ['what? "this": <that>|*', 'what_ _this__ _that___'],
  ['con', '_con'],
  ['NUL.txt', '_NUL.txt'],
  ['com1', '_com1'],
  ['LPT³.log', '_LPT³.log'],
  ['console.log', 'console.log'],
  ['trailing. . ', 'trailing'],
  ['  leading', 'leading'],
  ['   ', '_'],
  ['photo\u202egpj.exe', 'photo_gpj.exe'],
  ['e\u0301.txt', '\u00e9.txt'],
  ['half \ud800 pair', 'half _ pair'],
  ['🚢.txt', '🚢.txt'],
])('%j becomes %j', (name, safe) => {
  expect(safeName(name)).toBe(safe);
});

test('a long name is cut at 255 bytes, keeps its extension, and no character is cut', () => {
  const name = safeName(`${'ü'.repeat(255)}.jpeg`);
  expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(255);
  expect(name).toMatch(/^ü+\.jpeg$/);
});

test('folders are kept below the one that is downloaded', () => {
  const files = [
    at('photos/2026', 'a.jpg'),
    at('photos/2026/June', 'b.jpg'),
    at('photos/20261', 'c.jpg'),
    at(null, 'd'),
  ];
  expect(archiveNames(files, 'photos/2026')).toEqual(['a.jpg', 'June/b.jpg', 'photos/20261/c.jpg', 'd']);
  expect(archiveNames(files)).toEqual([
    'photos/2026/a.jpg',
    'photos/2026/June/b.jpg',
    'photos/20261/c.jpg',
    'd',
  ]);
});

test('names that are equal but for case get a number', () => {
  const files = [
    at(null, 'a.txt'),
    at(null, 'A.TXT'),
    at(null, 'a.txt'),
    at(null, 'a (2).txt'),
    at('x', 'a.txt'),
  ];
  expect(archiveNames(files)).toEqual(['a.txt', 'A (2).TXT', 'a (3).txt', 'a (2) (2).txt', 'x/a.txt']);
});

test('so do folders, and files that are called like one', () => {
  const files = [
    at('Photos', 'a'),
    at('photos', 'a'),
    at('Photos', 'b'),
    at(null, 'PHOTOS'),
    at('con/..', 'a'),
  ];
  expect(archiveNames(files)).toEqual(['Photos/a', 'photos (2)/a', 'Photos/b', 'PHOTOS (3)', '_con/_/a']);
});
