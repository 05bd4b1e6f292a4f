import { isolate } from '../text/isolate';

/** Every word of the page. Names are untrusted: they go in through `isolate`, so that they cannot turn the sentence around. */
export const en = {
  locale: 'en',

  header: {
    name: 'Longshore',
    tagline: 'Files go straight from here to your storage, and are checked before anybody takes them out.',
    skip: 'Skip to the files',
  },
  footer: {
    direct: 'The bytes travel from this browser to storage; the service only signs the papers.',
    api: 'API reference',
  },

  login: {
    title: 'Sign in',
    hint: 'This service wants to know who you are. Your key stays in this tab and is forgotten when you close it.',
    label: 'API key or token',
    enter: 'Sign in',
    wrong: 'This key is not valid (any more). Check it, or ask whoever gave it to you for a new one.',
    refused:
      'Your key or token is not valid any more. Sign in again; what has arrived of your uploads is kept.',
    account: 'Account',
    as: (subject: string) => `Signed in as ${isolate(subject)}`,
    used: (used: string) => `${used} used`,
    usedOf: (used: string, allowed: string) => `${used} of ${allowed} used`,
    uploadOnly: 'With this key files can be sent, not listed or taken out.',
    readOnly: 'With this key files can be seen, not sent.',
    noDelete: 'With this key files can be sent and seen, not deleted.',
    signOut: 'Sign out',
  },

  banners: {
    unreachable: 'Longshore cannot be reached.',
    unreachableHint:
      'What you see may be out of date. This page keeps trying; an upload that stops can be taken up where it stopped.',
    tryNow: 'Try now',
    scanningOff: 'Virus scanning is off: files are served unscanned.',
    scannerUnsafe: 'The scanner lets some files pass unread: «clean» is worth little here.',
    scannerUnsafeHint: 'Its settings have to be changed; the health page of the API says which line.',
    storageUnsafe: 'Storage accepts requests that were never signed: files could be read or replaced.',
    storageUnsafeHint: (attacks: number) =>
      `Put the request filter in front of it. "longshore doctor" lists ${attacks === 1 ? 'the attack' : `the ${attacks} attacks`}, docs/security.md the rules.`,
    scannerDown: 'The scanner cannot be reached; uploads are kept and scanned when it is back.',
  },

  papers: {
    title: 'Papers',
    hint: 'Whom the next files belong to. Both may stay empty.',
    user: 'User',
    nobody: 'No user',
    newUser: 'New user',
    deleteUser: (name: string) => `Delete user ${isolate(name)}`,
    appointment: 'Appointment',
    noAppointment: 'No appointment',
    userFirst: 'Choose a user first',
    newAppointment: 'New appointment',
    deleteAppointment: (title: string) => `Delete appointment ${isolate(title)}`,
    more: 'Load more names',
    failed: 'The list could not be loaded.',
  },

  secret: {
    title: 'Private',
    hint: 'Only who names the credential can take the file out again. It is not kept anywhere on this page.',
    legend: 'Credential',
    key: 'Name',
    value: 'Value',
    keyOf: (row: number) => `Name ${row}`,
    valueOf: (row: number) => `Value ${row}`,
    add: 'Add another pair',
    remove: (row: number) => `Remove pair ${row}`,
    missing: 'A private file needs a credential: give at least one name and its value.',
    twice: 'Each name may stand only once.',
  },

  berth: {
    title: 'Drop files here',
    or: 'or',
    choose: 'Choose files',
    hint: 'Anywhere on this page, several at once, whole folders, of any size. Keep the page open while they travel.',
    release: 'Let go, they are in good hands',
    unread: 'Some of it could not be read and was left out. Check that you may open it, and drop it again.',
    forUser: (name: string) => `for ${isolate(name)}`,
    forAppointment: (title: string) => `at ${isolate(title)}`,
    privately: 'private',
  },

  left: {
    title: 'Left unfinished',
    hint: 'Choose the same file again, and only what is missing of it is sent.',
    about: (size: string, until: string) => `${size}; storage keeps it until ${until}`,
    discard: 'Discard',
  },

  manifest: {
    title: 'Files',
    ofAll: 'everything in storage',
    ofUser: (name: string) => `of ${isolate(name)}`,
    ofAppointment: (title: string) => `of ${isolate(title)}`,
    loading: 'Loading the files …',
    empty: 'Nothing has arrived yet.',
    emptyHint: 'Drop a file on the field above, or choose one with the button.',
    emptyHere: 'No files under these papers yet.',
    failed: 'The files could not be listed.',
    again: 'Try again',
    more: 'Show more',
    loadingMore: 'Loading …',
    underway: (count: number) => (count === 1 ? '1 file under way' : `${count} files under way`),
    totalProgress: 'All uploads',
  },

  find: {
    label: 'Find files',
    search: 'Search by name',
    verdict: 'State',
    anyVerdict: 'Any',
    verdicts: {
      clean: 'Clean',
      infected: 'Infected',
      unscannable: 'Unscannable or held',
      error: 'Scan failed',
      disabled: 'Not scanned',
      pending: 'Waiting for its scan',
    },
    sort: 'Order',
    sorts: {
      '-created_at': 'Newest first',
      created_at: 'Oldest first',
      filename: 'Name, A to Z',
      '-filename': 'Name, Z to A',
      '-size': 'Largest first',
      size: 'Smallest first',
    },
    found: (count: number, isMore: boolean) => {
      if (isMore) return `${count === 1 ? '1 file' : `${count} files`} found so far.`;
      return count === 1 ? '1 file found.' : `${count} files found.`;
    },
    nothing: 'No file is like that.',
    clear: 'Show all files',
    goOn: 'Look further',
  },

  undo: {
    title: 'Just deleted',
    deleted: 'deleted',
    undo: 'Undo',
  },

  preview: {
    loading: 'Being fetched …',
    more: 'This is the beginning only; download the file for the rest.',
    failed:
      'This file cannot be shown here. It may be damaged, or of another kind than its name says; download it instead.',
  },

  row: {
    private: 'private',
    turned: (ending: string) =>
      `This name holds marks that turn its letters around. It really ends in ${isolate(ending)}.`,
    uploading: (name: string) => `Upload of ${isolate(name)}`,
    bytesOf: (sent: string, size: string) => `${sent} of ${size}`,
    perSecond: (amount: string) => `${amount}/s`,
    left: (time: string) => `${time} left`,
    cancel: 'Cancel',
    pause: 'Pause',
    resume: 'Resume',
    retry: 'Try again',
    sendAgain: 'Send again',
    dismiss: 'Remove',
    download: 'Download',
    preview: 'Show',
    delete: 'Delete',
    scanAgain: 'Scan again',
    of: (action: string, name: string) => `${action}: ${isolate(name)}`,
    notDeleted: (why: string) => `It was not deleted. ${why}`,
    notReady: 'There is no link for this file at the moment. Its state has been looked up again.',
  },

  states: {
    waiting: 'Waiting',
    comparing: 'Comparing',
    uploading: 'Uploading',
    offline: 'No connection',
    paused: 'Paused',
    completing: 'Finishing',
    queued: 'Queued',
    scanning: 'Scanning',
    clean: 'Clean',
    unscanned: 'Not scanned',
    infected: 'Infected',
    held: 'Held',
    replaced: 'Blocked',
    unscannable: 'Unscannable',
    'scan-failed': 'Scan failed',
    failed: 'Upload failed',
    cancelled: 'Cancelled',
  },

  notes: {
    different:
      'An unfinished upload of this name is of another file. This one begins anew; choose the other file to carry on with the other upload.',
    infected: (found: string) =>
      `Malware was found${found ? `: ${isolate(found)}` : ''}. The file is locked away and nobody can download it. Delete it, and check the device it came from.`,
    unread: {
      encrypted: 'This file is encrypted, so the scanner could not look inside.',
      too_large: 'This file is larger than the scanner reads.',
      limits_exceeded:
        'This file holds more than the scanner unpacks, or is packed in a way that it does not know.',
      other: 'The scanner could not look inside this file.',
    },
    held: (unread: string) => `${unread} It is held back, and nobody can download it.`,
    unscannable: (unread: string) =>
      `${unread} It is handed out all the same: open it only if you trust where it comes from.`,
    replaced:
      "This file's content in storage was replaced after the upload. It is blocked and cannot be downloaded. Delete it and upload it again.",
    'scan-failed':
      'The scan did not come to an end. The file is kept and cannot be downloaded until it is scanned.',
    offline: 'There is no network. The upload continues by itself when it is back.',
    tooLate: 'It was stored before it could be cancelled. Delete it if you do not want it.',
    resume: 'What has arrived is kept: trying again sends only the rest.',
    kept: (until: string) => `Storage keeps it until ${until}.`,
  },

  dialogs: {
    cancel: 'Cancel',
    keep: 'Keep',
    close: 'Close',
    newUserTitle: 'New user',
    userName: 'Name',
    newAppointmentTitle: 'New appointment',
    appointmentTitle: 'Title',
    create: 'Create',
    required: 'Write something first.',
    deleteUserTitle: 'Delete this user?',
    deleteUser: (name: string) =>
      `${isolate(name)} goes, with every appointment and every file of theirs. This cannot be undone.`,
    deleteAppointmentTitle: 'Delete this appointment?',
    deleteAppointment: (title: string) =>
      `${isolate(title)} goes, with every file of it. This cannot be undone.`,
    confirmDelete: 'Delete for good',
    credentialTitle: 'This file is private',
    credential: (name: string) => `Name the credential that ${isolate(name)} was sent with.`,
    credentialGo: { download: 'Download', scanAgain: 'Scan again', delete: 'Delete', preview: 'Show' },
    wrongCredential: 'That credential does not open this file. Check every name and value.',
  },

  announce: {
    added: (count: number) => (count === 1 ? '1 file added.' : `${count} files added.`),
    stored: (name: string) => `${isolate(name)} has arrived and waits for its scan.`,
    state: (name: string, state: string) => `${isolate(name)}: ${state}.`,
    failed: (name: string, why: string) => `${isolate(name)} was not uploaded. ${why}`,
    cancelled: (name: string) => `Upload of ${isolate(name)} cancelled.`,
    deleted: (name: string) => `${isolate(name)} deleted.`,
    undone: (name: string) => `${isolate(name)} is back.`,
    notDeleted: (name: string, why: string) => `${isolate(name)} was not deleted. ${why}`,
    created: (name: string) => `${isolate(name)} created and chosen.`,
  },

  errors: {
    api_unreachable: 'Longshore cannot be reached. Check the connection, then try again.',
    transfer_failed:
      'Storage did not take a part of the file, however often it was sent. Check the connection, then try again.',
    service_refuses_origin:
      "Longshore does not accept requests from this page. Ask the operator to add this page's address to CORS_ORIGINS.",
    storage_refuses_origin:
      "Storage does not accept files from this page. Ask the operator to add this page's address to storage's CORS rules.",
    file_unreadable:
      'The file can no longer be read: it was changed, moved or deleted since. Choose it again.',
    unknown: 'Something went wrong on this page. Reload it and try again.',
  },
};

export type Messages = typeof en;
