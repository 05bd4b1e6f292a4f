import { translated } from '../../shared/messages/index';
import { preferredLanguages } from '../../shared/state/settings';
import { de } from './de';
import { en, type Messages } from './en';

/** Returns the messages in the first of the user's languages that the page supports, or in English. */
export const messagesFor = (languages: readonly string[]): Messages => translated({ en, de }, languages);

export const messages = messagesFor(preferredLanguages());
