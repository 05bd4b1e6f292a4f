import { expect, test } from 'vitest';
import { shownUploads } from '../../uploads/shown-uploads';
import type { UploadEntry } from '../../uploads/upload-entry';

const entry = (key: number, state: UploadEntry['state']): UploadEntry => ({
  key,
  name: `${key}`,
  pathName: '',
  size: 1,
  isPrivate: false,
  state,
  progress: null,
  record: null,
  error: null,
  isDifferent: false,
  isTooLate: false,
  keptUntil: null,
  sameName: null,
  replaces: null,
});
const keys = (rows: readonly UploadEntry[]) => rows.map(({ key }) => key);

test('all uploads have a row up to the limit', () => {
  const few = [entry(2, 'clean'), entry(1, 'clean')];
  expect(shownUploads(few, 2)).toEqual({ rows: few, hidden: 0, hiddenWaiting: 0 });
});

test('uploads under way come first, then problems, the next ones, and the newest of the others', () => {
  const entries = [
    entry(9, 'waiting'),
    entry(8, 'clean'),
    entry(7, 'waiting'),
    entry(6, 'failed'),
    entry(5, 'scanning'),
    entry(4, 'infected'),
    entry(3, 'clean'),
    entry(2, 'uploading'),
    entry(1, 'waiting'),
  ];
  expect(keys(shownUploads(entries, 9).rows)).toEqual([5, 2, 6, 4, 1, 7, 9, 8, 3]);
  const shown = shownUploads(entries, 5);
  expect(keys(shown.rows)).toEqual([5, 2, 6, 4, 1]);
  expect(shown).toMatchObject({ hidden: 4, hiddenWaiting: 2 });
});
