const FIRST_STRONG_ISOLATE = '\u2068';
const POP_DIRECTIONAL_ISOLATE = '\u2069';
/** Inside an isolate these would end it early, so that the rest of a name could reach the sentence around it. */
const ISOLATE_CONTROLS = /[\u2066-\u2069]/g;

/** Untrusted text for the middle of a sentence: its own direction marks cannot reorder what stands around it. */
export function isolate(text: string): string {
  return FIRST_STRONG_ISOLATE + text.replace(ISOLATE_CONTROLS, '') + POP_DIRECTIONAL_ISOLATE;
}
