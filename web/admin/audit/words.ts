import { texts } from './texts';

/** An action in words; the API's own word, if a newer service has one without a text. */
export function nameOfAction(action: string): string {
  const words: Readonly<Record<string, string>> = texts.actions;
  return Object.hasOwn(words, action) ? (words[action] ?? action) : action.replaceAll('_', ' ');
}

/** A subject, or a word for the scanner, the system, or a caller without login. */
export function nameOfActor(actor: string): string {
  const words: Readonly<Record<string, string>> = texts.actors;
  return Object.hasOwn(words, actor) ? (words[actor] ?? actor) : actor;
}
