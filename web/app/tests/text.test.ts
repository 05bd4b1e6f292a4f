import { afterEach, describe, expect, test } from 'vitest';
import { ApiError, TransferError } from '../../client/index';
import { de } from '../messages/de';
import { en } from '../messages/en';
import { sameNameDe, sameNameEn } from '../messages/same-name';
import { messages } from '../messages/index';
import { loadMessages } from '../messages/load';
import { readCredential } from '../credential/credential';
import { numbered } from '../adding/path-name';
import { describeError } from '../../shared/text/describe';
import { formatBytes, formatDuration, formatPercent } from '../../shared/text/format';
import { isolate } from '../../shared/text/isolate';

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1 kB'],
  [12_345_678, '12.3 MB'],
  [150_000_000, '150 MB'],
  [5_497_558_138_880, '5.5 TB'],
])('%i bytes are %s', (bytes, words) => {
  expect(formatBytes(bytes)).toBe(words);
});

test.each([
  [0.2, '1 sec'],
  [59, '59 sec'],
  [150, '3 min'],
  [7500, '2 hr, 5 min'],
  [7199, '2 hr, 0 min'],
])('%d seconds are %s', (seconds, words) => {
  expect(formatDuration(seconds)).toBe(words);
});

test('only a complete upload is 100%', () => {
  expect(formatPercent(999, 1000)).toBe('99%');
  expect(formatPercent(1000, 1000)).toBe('100%');
});

test('isolate() removes the marks that would end the isolate', () => {
  expect(isolate('a\u2069b\u202Ec')).toBe('\u2068ab\u202Ec\u2069');
});

describe('describeError()', () => {
  test("returns the API's message with its details", () => {
    const refusal = { code: 'x', message: 'Do that.', errors: ['[size] too large'], missing: [] };
    expect(describeError(new ApiError(422, refusal))).toBe('Do that. [size] too large');
  });

  test("returns texts for the engine's errors and for all others", () => {
    expect(describeError(new TransferError(0))).toContain('Check your connection');
    expect(describeError(new RangeError('x'))).toContain('Reload');
  });
});

test.each([
  [[['', '']], 'incomplete'],
  [[['pin', '']], 'incomplete'],
  [
    [
      ['pin', '1'],
      ['pin', '2'],
    ],
    'duplicate',
  ],
  [
    [
      ['pin', '1'],
      ['', ''],
    ],
    { pin: '1' },
  ],
])('the credential rows %j are read as %j', (rows, expected) => {
  const pairs = rows.map(([key = '', value = '']) => ({ key, value }));
  expect(readCredential({ password: 'not used', pairs })).toEqual(expected);
});

test.each([
  ['', 'missing'],
  ['1', { password: '1' }],
])('the password %j is read as %j', (password, expected) => {
  expect(readCredential({ password, pairs: null })).toEqual(expected);
});

test.each([
  ['a.txt', 2, 'a (2).txt'],
  ['a (2).txt', 3, 'a (3).txt'],
  ['.env', 2, '.env (2)'],
  [`${'a'.repeat(251)}.txt`, 10, `${'a'.repeat(246)} (10).txt`],
])('%j with the number %d is %j', (name, number, expected) => {
  expect(numbered(name, number)).toBe(expected);
});

describe('the language of the page', () => {
  afterEach(() => loadMessages());

  test.each([
    [['de-AT', 'en'], 'de'],
    [['fr', 'de'], 'de'],
    [['en-GB', 'de'], 'en'],
    [['fr'], 'en'],
    [[], 'en'],
  ])('for %o is %s', async (languages, locale) => {
    await loadMessages(languages);
    expect(messages.locale).toBe(locale);
  });

  test('no German text is missing or still English', () => {
    const texts = (messages: object): [string, unknown][] =>
      Object.entries(messages).flatMap(([name, value]) =>
        typeof value === 'object'
          ? texts(value as object).map(([inner, text]) => [`${name}.${inner}`, text])
          : [[name, value]],
      ) as [string, unknown][];
    const german = { ...de, dialog: sameNameDe };
    const english = new Map(texts({ ...en, dialog: sameNameEn }));
    const same = texts(german).filter(
      ([name, text]) => typeof text === 'string' && text === english.get(name),
    );
    expect(texts(german).map(([name]) => name)).toEqual([...english.keys()]);
    expect(same.map(([name]) => name)).toEqual([
      'dialogs.userName',
      'settings.themes.system',
      'settings.languages.browser',
      'settings.languages.en',
      'settings.languages.de',
      'header.name',
      'privateFiles.key',
      'filters.verdict',
      'folders.name',
      'folders.inFolder',
      'row.pause',
    ]);
  });
});
