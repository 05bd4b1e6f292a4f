import { translated } from '../../shared/messages/index';
import { de } from './de';
import { en } from './en';

/** The texts of the frame and of the components that several views use; a view's own are in its `texts.ts`. */
export const messages = translated({ en, de });
