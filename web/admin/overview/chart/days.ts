import { locale } from '../../../shared/text/format';

const days = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });

/** Formats a day of the service, which counts in UTC: `2026-01-31`. */
export const formatDay = (day: string): string => days.format(new Date(day));
