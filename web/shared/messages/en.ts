import { isolate } from '../text/isolate';

/** The texts that the pages share. Names are untrusted: `isolate` keeps their direction marks out of the sentence around them. */
export const sharedEn = {
  locale: 'en',

  login: {
    title: 'Sign in',
    hint: 'This service requires a key. It stays in this tab and is deleted when you close the tab.',
    label: 'API key or token',
    submit: 'Sign in',
    wrong: 'This key is not valid. Check it or ask for a new one.',
    expired: 'Your key or token is no longer valid. Sign in again; your uploads are kept.',
    account: 'Account',
    signedInAs: (subject: string) => `Signed in as ${isolate(subject)}`,
    used: (used: string) => `${used} used`,
    usedOf: (used: string, allowed: string) => `${used} of ${allowed} used`,
    uploadOnly: 'This key can upload files, but not list or download them.',
    readOnly: 'This key can list and download files, but not upload them.',
    noDelete: 'This key can upload and download files, but not delete them.',
    signOut: 'Sign out',
  },

  banners: {
    unreachable: "Can't reach Longshore.",
    unreachableHint:
      'This page may be out of date. It keeps trying, and you can resume any upload that stops.',
    tryNow: 'Try now',
    scanningOff: 'Virus scanning is off. Files can be downloaded without a scan.',
    scannerUnsafe: 'The scanner lets some files pass without scanning them. Don\'t rely on "Clean".',
    scannerUnsafeHint: "Change the scanner's settings. The API's health check names the line.",
    storageUnsafe: 'Storage accepts unsigned requests. Files could be read or replaced.',
    storageUnsafeHint: (attacks: number) =>
      `Put the request filter in front of storage. "longshore doctor" lists ${attacks === 1 ? 'the attack' : `the ${attacks} attacks`}, docs/security.md the rules.`,
    scannerDown: "Can't reach the scanner. Uploads are kept and scanned when it is back.",
  },

  verdicts: {
    clean: 'Clean',
    infected: 'Infected',
    unscannable: "Couldn't be scanned",
    blocked: 'Blocked',
    released: 'Released',
    error: 'Scan failed',
    disabled: 'Not scanned',
    pending: 'Waiting for scan',
  },

  dialogs: {
    cancel: 'Cancel',
    keep: 'Keep',
    close: 'Close',
    required: 'This field is required.',
  },

  settings: {
    theme: 'Theme',
    themes: { system: 'System', light: 'Light', dark: 'Dark' },
    language: 'Language',
    languages: { browser: 'Browser', en: 'English', de: 'Deutsch' },
    later: 'The language changes when the page is loaded again; wait for the uploads first.',
    reload: 'Reload now',
  },

  loadProblem: {
    title: "This part of the page couldn't be loaded",
    text: 'There is no connection, or the service was updated. Reload the page and try again.',
    reload: 'Reload',
  },

  copy: {
    what: (label: string) => `Copy: ${label}`,
    copied: 'Copied.',
    selected: 'Selected. Press Ctrl+C to copy.',
  },

  errors: {
    api_unreachable: "Can't reach Longshore. Check your connection, then try again.",
    transfer_failed: "Storage didn't accept a part of the file. Check your connection, then try again.",
    service_refuses_origin:
      "Longshore doesn't accept requests from this page. Ask the operator to add this page's address to CORS_ORIGINS.",
    storage_refuses_origin:
      "Storage doesn't accept files from this page. Ask the operator to add this page's address to storage's CORS rules.",
    not_sent: "Storage didn't send the file. Try again; if it happens again, tell the operator.",
    file_unreadable: 'The file was changed, moved or deleted after you chose it. Choose it again.',
    not_loaded:
      "A part of this page couldn't be loaded. Check your connection, then try again. Chosen files wait until then.",
    unknown: 'Something went wrong. Reload the page and try again.',
  },
};

export type SharedMessages = typeof sharedEn;
