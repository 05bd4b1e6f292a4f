const FIRST_STRONG_ISOLATE = '\u2068';
const POP_DIRECTIONAL_ISOLATE = '\u2069';
/** Removed from the text: they would end the isolate early. */
const ISOLATE_CONTROLS = /[\u2066-\u2069]/g;

/** Wraps untrusted text so that its direction marks cannot reorder the sentence around it. */
export function isolate(text: string): string {
  return FIRST_STRONG_ISOLATE + text.replace(ISOLATE_CONTROLS, '') + POP_DIRECTIONAL_ISOLATE;
}
