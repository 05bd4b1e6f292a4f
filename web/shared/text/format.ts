import { sharedMessages as messages } from '../messages/index';

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
/** The user's regional variant of the page's language: it determines the format of dates and numbers. */
export const locale =
  navigator.languages.find((tag) => tag.split('-')[0] === messages.locale) ?? messages.locale;
const MINUTE = 60;
const HOUR = 3600;
/** Cached: creating a formatter costs more than rendering the rest of a row. */
const percents = new Intl.NumberFormat(locale, { style: 'percent' });
const times = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
const units = new Map<string, Intl.NumberFormat>();

/** Formats with decimal units, as file managers do: "12.3 MB". */
export function formatBytes(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return formatUnit(value, BYTE_UNITS[power] ?? 'byte', value < 100 && power > 0 ? 1 : 0, power === 0);
}

/** Formats coarsely, so that the text does not flicker: "8 sec", "3 min", "2 hr, 5 min". */
export function formatDuration(seconds: number): string {
  if (seconds < MINUTE) return formatUnit(Math.max(1, Math.round(seconds)), 'second');
  if (seconds < HOUR) return formatUnit(Math.round(seconds / MINUTE), 'minute');
  const minutes = Math.round(seconds / MINUTE);
  return `${formatUnit(Math.floor(minutes / 60), 'hour')}, ${formatUnit(minutes % 60, 'minute')}`;
}

export function formatPercent(part: number, whole: number): string {
  const ratio = whole === 0 ? 0 : part / whole;
  return percents.format(Math.floor(ratio * 100) / 100);
}

/** Formats an RFC 3339 time in the user's time zone. */
export function formatTime(rfc3339: string): string {
  return times.format(new Date(rfc3339));
}

function formatUnit(value: number, unit: string, digits = 0, long = false): string {
  const unitDisplay = long ? 'long' : 'short';
  const key = `${unit} ${digits} ${unitDisplay}`;
  const options = { style: 'unit', unit, unitDisplay, maximumFractionDigits: digits } as const;
  const format = units.get(key) ?? new Intl.NumberFormat(locale, options);
  units.set(key, format);
  return format.format(value);
}
