import { de } from './de';
import { en, type Messages } from './en';

const LANGUAGES: readonly Messages[] = [en, de];

/** Returns the messages in the first of the user's languages that the page supports, or in English. */
export function messagesFor(languages: readonly string[]): Messages {
  const supported = languages.map((tag) => LANGUAGES.find(({ locale }) => tag.split('-')[0] === locale));
  return supported.find((found) => found !== undefined) ?? en;
}

export const messages = messagesFor(navigator.languages);
