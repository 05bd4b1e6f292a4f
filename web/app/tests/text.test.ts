import { describe, expect, test } from 'vitest';
import { ApiError, TransferError } from '../../client/index';
import { de } from '../messages/de';
import { en } from '../messages/en';
import { messagesFor } from '../messages/index';
import { readCredential } from '../state/credential';
import { describeError } from '../text/describe';
import { formatBytes, formatDuration, formatPercent } from '../text/format';
import { isolate } from '../text/isolate';

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

test('a hundred per cent is said only of all bytes', () => {
  expect(formatPercent(999, 1000)).toBe('99%');
  expect(formatPercent(1000, 1000)).toBe('100%');
});

test('a name cannot leave its isolate', () => {
  expect(isolate('a\u2069b\u202Ec')).toBe('\u2068ab\u202Ec\u2069');
});

describe('errors in words', () => {
  test("the API's own, with its details", () => {
    const refusal = { code: 'x', message: 'Do that.', errors: ['[size] too large'], missing: [] };
    expect(describeError(new ApiError(422, refusal))).toBe('Do that. [size] too large');
  });

  test("the engine's, and all others", () => {
    expect(describeError(new TransferError(0))).toContain('Check your connection');
    expect(describeError(new RangeError('x'))).toContain('Reload');
  });
});

test.each([
  [[['', '']], 'missing'],
  [[['pin', '']], 'missing'],
  [
    [
      ['pin', '1'],
      ['pin', '2'],
    ],
    'twice',
  ],
  [
    [
      ['pin', '1'],
      ['', ''],
    ],
    { pin: '1' },
  ],
])('credential rows %j spell %j', (rows, spelled) => {
  expect(readCredential(rows.map(([key = '', value = '']) => ({ key, value })))).toEqual(spelled);
});

describe('the language of the page', () => {
  test.each([
    [['de-AT', 'en'], 'de'],
    [['fr', 'de'], 'de'],
    [['en-GB', 'de'], 'en'],
    [['fr'], 'en'],
    [[], 'en'],
  ])('for %o is %s', (languages, locale) => {
    expect(messagesFor(languages).locale).toBe(locale);
  });

  test('no German word is missing or still English', () => {
    const words = (messages: object): [string, unknown][] =>
      Object.entries(messages).flatMap(([name, value]) =>
        typeof value === 'object'
          ? words(value as object).map(([inner, word]) => [`${name}.${inner}`, word])
          : [[name, value]],
      ) as [string, unknown][];
    const english = new Map(words(en));
    const same = words(de).filter(([name, word]) => typeof word === 'string' && word === english.get(name));
    expect(words(de).map(([name]) => name)).toEqual([...english.keys()]);
    expect(same.map(([name]) => name)).toEqual([
      'header.name',
      'secret.key',
      'find.verdict',
      'row.pause',
      'dialogs.userName',
    ]);
  });
});
