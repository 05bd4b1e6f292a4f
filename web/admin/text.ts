import { locale } from '../shared/text/format';

const counts = new Intl.NumberFormat(locale);

export const formatCount = (count: number): string => counts.format(count);

/** A day of a date field, as the browser's local midnight in RFC 3339; `days` later. Undefined for no valid day. */
export function midnight(day: string | undefined, days = 0): string | undefined {
  const [year, month, date] = (day ?? '').split('-').map(Number);
  if (!year || !month || !date) return undefined;
  return new Date(year, month - 1, date + days).toISOString();
}

/** Returns the text for a word of the API; the word itself, if a newer service has one without a text. */
export const textFor = (texts: Readonly<Record<string, string>>, word: string): string =>
  (Object.hasOwn(texts, word) ? texts[word] : undefined) ?? word;
