import { sharedEn } from '../../shared/messages/en';
import { isolate } from '../../shared/text/isolate';

export const en = {
  titleOf: (view: string) => `${view} – Longshore`,
  navigation: 'Views',

  header: {
    name: 'Longshore',
    tagline: 'For operators',
    skip: 'Skip to the view',
  },
  footer: {
    uploads: 'Upload page',
    api: 'API reference',
  },

  scopeMissing: {
    title: 'This page is for operators',
    text: (subject: string) =>
      `${isolate(subject)} is signed in with a key that doesn't have the scope "admin". Sign out, then sign in with a key that has it; "longshore admin keys create" creates one.`,
    toUploads: 'To the upload page',
  },

  states: {
    loading: 'Loading …',
    failed: "Couldn't load this.",
    outdated: 'This may be out of date.',
    retry: 'Try again',
    unreachableHint: 'This page may be out of date. It keeps trying; nothing is decided meanwhile.',
    unreachable: (names: string) =>
      `Can't reach ${names}. What depends on it is unknown right now, not missing.`,
    unknown: 'unknown',
    none: 'None',
  },
  dependencies: {
    redis: 'Redis',
    storage: 'storage',
    scanner: 'the scanner',
    database: 'the database',
  },

  verdicts: { ...sharedEn.verdicts, scanning: 'Scanning' },

  table: {
    more: 'Show more',
    choose: (name: string) => `Select ${isolate(name)}`,
    chooseAll: 'Select all rows',
  },

  filters: {
    label: 'Filters',
    clear: 'Clear filters',
    more: 'More filters',
    any: 'All',
  },
};

export type AdminMessages = typeof en;
