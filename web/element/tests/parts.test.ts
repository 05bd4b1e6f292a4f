import { expect, test } from 'vitest';
import { isAccepted } from '../accept';
import { type Entry, outcomeOf, problemOf } from '../entry';
import { LongshoreError } from '../../client/index';
import { describeError, languageOf, messagesOf } from '../messages';

test.each([
  ['', true],
  ['.pdf', true],
  ['.PDF, image/*', true],
  ['application/pdf', true],
  ['application/*', true],
  ['image/*', false],
  ['.png,text/plain', false],
])('accept="%s" takes Report.PDF: %s', (accept, isTaken) => {
  expect(isAccepted({ name: 'Report.PDF', type: 'application/pdf' }, accept)).toBe(isTaken);
});

test.each([
  ['accepted', 'clean', 'accepted'],
  ['scanning', 'clean', 'pending'],
  ['scanning', 'stored', 'accepted'],
  ['infected', 'stored', 'refused'],
] as const)('%s with until="%s" is %s', (state, until, outcome) => {
  expect(outcomeOf({ name: 'a', state, record: { id: '1', filename: 'a' } }, until)).toBe(outcome);
});

test('a file that cannot be sent comes before one that must be awaited', () => {
  const entries: Entry[] = [
    { name: 'a', state: 'uploading' },
    { name: 'b', state: 'failed' },
  ];
  const options = { required: true, until: 'clean' } as const;
  const english = messagesOf('en');
  expect(problemOf(entries, options, english)?.message).toBe(english.refused('b'));
  expect(problemOf(entries.slice(0, 1), options, english)?.message).toBe(english.pending('a'));
  expect(problemOf([], options, english)?.flags).toEqual({ valueMissing: true });
  expect(problemOf([], { ...options, required: false }, english)).toBeNull();
});

test('the language crosses the border of a shadow tree', () => {
  const host = document.createElement('div');
  const inner = document.createElement('p');
  host.lang = 'de';
  host.attachShadow({ mode: 'open' }).append(inner);
  document.body.append(host);
  expect(languageOf(inner)).toBe('de');
  host.lang = '';
  expect(languageOf(inner)).toBe(navigator.language);
  expect([messagesOf('de-CH').choose, messagesOf('den').choose]).toEqual(['Dateien wählen', 'Choose files']);
});

test('an error has a text in the language, or its own message', () => {
  const german = messagesOf('de');
  expect(describeError(german, new LongshoreError('api_unreachable', 'x'))).toMatch(/^Der Server ist nicht/);
  expect(describeError(german, new LongshoreError('policy_refused', 'Too large.'))).toBe('Too large.');
  expect(describeError(german, new Error('broken'))).toBe('broken');
});
