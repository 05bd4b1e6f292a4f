import { messages } from '../messages/index';
import { texts } from './texts';

/** Returns the text for a word of the API; the word itself, if a newer service has one without a text. */
export function wordOf(words: Readonly<Record<string, string>>, word: string): string {
  return Object.hasOwn(words, word) ? (words[word] ?? word) : word;
}

const { stored } = texts;

/** The name of a state of stored bytes: a verdict, a state of uploads, or `orphaned`. */
export const nameOfState = (state: string): string =>
  wordOf({ ...stored.uploadStates, ...messages.verdicts, orphaned: stored.orphaned }, state);

const ORDER = [...Object.keys(messages.verdicts), ...Object.keys(stored.uploadStates), 'orphaned'];

/** Returns the states that have a number, those with a text first. */
export function orderedStates(states: readonly string[]): string[] {
  const known = ORDER.filter((state) => states.includes(state));
  return [...known, ...states.filter((state) => !ORDER.includes(state)).sort()];
}
