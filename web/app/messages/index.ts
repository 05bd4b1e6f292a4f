import { de } from './de';
import { en, type Messages } from './en';

const LANGUAGES: readonly Messages[] = [en, de];

/** The page in the first of the reader's languages that it speaks; English where it speaks none of them. */
export function messagesFor(languages: readonly string[]): Messages {
  const spoken = languages.map((tag) => LANGUAGES.find(({ locale }) => tag.split('-')[0] === locale));
  return spoken.find((found) => found !== undefined) ?? en;
}

export const messages = messagesFor(navigator.languages);
