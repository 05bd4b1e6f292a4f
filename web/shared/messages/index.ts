import { preferredLanguages } from '../state/settings';
import type { SharedMessages } from './en';

export type { SharedMessages };

/** The same texts in each language that the pages support; the English ones define what there is. */
export interface Translations<T> {
  en: T;
  de: NoInfer<T>;
}

/** Returns the texts in the first of the user's languages that the pages support, or in English. */
export function translated<T>(
  texts: Translations<T>,
  languages: readonly string[] = preferredLanguages(),
): T {
  const supported = languages.map((tag) => tag.split('-')[0] ?? '');
  const found = supported.find((language): language is keyof Translations<T> =>
    Object.hasOwn(texts, language),
  );
  return texts[found ?? 'en'];
}

/** The texts of the components that the pages share, which `setSharedMessages` fills in before the page is shown. */
export const sharedMessages = {} as SharedMessages;

export const setSharedMessages = (texts: SharedMessages): void => void Object.assign(sharedMessages, texts);
