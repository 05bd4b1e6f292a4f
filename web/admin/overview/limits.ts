/** Ages from which the overview warns, in milliseconds: those of `longshore doctor`, unless said otherwise. */
const SECOND = 1000;
const MINUTE = 60 * SECOND;

export const OLD_SIGNATURES = 7 * 24 * 60 * MINUTE;
export const LONG_WAIT = 15 * MINUTE;
export const LATE_SWEEP = 5 * MINUTE;
/** A worker reports about twice a minute, and its record expires after 105 seconds. */
export const SILENT_WORKER = 75 * SECOND;
