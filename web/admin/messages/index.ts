import { sharedDe } from '../../shared/messages/de';
import { sharedEn } from '../../shared/messages/en';
import { setSharedMessages, translated } from '../../shared/messages/index';
import { de } from './de';
import { en } from './en';

setSharedMessages(translated({ en: sharedEn, de: sharedDe }));

/** The texts of the frame and of the components that several views use; a view's own are in its `texts.ts`. */
export const messages = translated({ en, de });
