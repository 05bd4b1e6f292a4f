import { type SharedMessages, sharedMessages } from '../../shared/messages/index';
import type { Messages } from './en';

/** The texts of the page in the user's language, which `loadMessages` fills in. */
export const messages: Messages = sharedMessages as SharedMessages & Messages;
