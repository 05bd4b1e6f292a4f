import { en, type Messages } from './en';

/** The language of the page; a second one is chosen here. */
export const messages: Messages = en;
