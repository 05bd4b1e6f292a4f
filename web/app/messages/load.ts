import { setSharedMessages, translated } from '../../shared/messages/index';
import { preferredLanguages } from '../../shared/state/settings';

/** Each language is a file of its own; shared/early.js begins to load the one that the user reads. */
const LANGUAGES = {
  en: () => import('./en').then(({ en }) => en),
  de: () => import('./de').then(({ de }) => de),
};

/** Loads the texts in the first of the user's languages that the page supports, or in English. */
export async function loadMessages(languages: readonly string[] = preferredLanguages()): Promise<void> {
  setSharedMessages(await translated(LANGUAGES, languages)());
}
