import type { VirusScanStatus } from '../../client/index';

/** The verdicts that the list can be filtered by. */
export const VERDICTS = [
  'clean',
  'infected',
  'unscannable',
  'blocked',
  'released',
  'error',
  'disabled',
  'pending',
] as const;
export type FilterVerdict = Extract<VirusScanStatus, (typeof VERDICTS)[number]>;
