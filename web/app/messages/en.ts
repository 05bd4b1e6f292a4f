import { sharedEn } from '../../shared/messages/en';
import { isolate } from '../../shared/text/isolate';

/** All texts of the page. Names are untrusted: `isolate` keeps their direction marks out of the sentence around them. */
export const en = {
  ...sharedEn,

  header: {
    name: 'Longshore',
    tagline:
      'Files go straight from your browser to your storage and are scanned before anyone can download them.',
    skip: 'Skip to files',
  },
  footer: {
    direct: 'Files go straight from this browser to storage. The service only signs the requests.',
    api: 'API reference',
  },

  assign: {
    title: 'Assign to',
    hint: 'Choose the owner of the next files. Both fields are optional.',
    user: 'User',
    noUser: 'No user',
    searchUsers: 'Search users',
    searchAppointments: 'Search appointments',
    found: (count: number, isMore: boolean) => {
      if (count === 0) return isMore ? 'Nothing found so far.' : 'Nothing found.';
      return `${isMore ? 'First ' : ''}${count} found.`;
    },
    noChoice: 'None',
    summary: (parts: string[]) => parts.map(isolate).join(', '),
    newUser: 'New user',
    deleteUser: (name: string) => `Delete user ${isolate(name)}`,
    appointment: 'Appointment',
    noAppointment: 'No appointment',
    userFirst: 'Choose a user first',
    newAppointment: 'New appointment',
    deleteAppointment: (title: string) => `Delete appointment ${isolate(title)}`,
    more: 'Load more',
    failed: "Couldn't load the list.",
  },

  privateFiles: {
    title: 'Private (password)',
    hint: "You need the password again to download the file. This page doesn't save it.",
    legend: 'Password',
    pairs: 'Names and values',
    advanced: 'Advanced: names and values',
    simple: 'Use one password',
    key: 'Name',
    value: 'Value',
    keyOf: (row: number) => `Name ${row}`,
    valueOf: (row: number) => `Value ${row}`,
    add: 'Add another pair',
    remove: (row: number) => `Remove pair ${row}`,
    missing: 'Enter a password.',
    incomplete: 'Enter at least one name and its value.',
    duplicate: 'A name appears twice. Use each name only once.',
    uploadWaiting: (count: number) =>
      count === 1 ? 'Upload 1 file with this password' : `Upload ${count} files with this password`,
    uploadWithout: (count: number) =>
      count === 1 ? 'Upload 1 file without a password' : `Upload ${count} files without a password`,
  },

  dropZone: {
    title: 'Drop files to upload',
    or: 'or',
    choose: 'Choose files',
    hint: 'Drop files and folders of any size anywhere on this page, or paste them. Keep this page open while uploading.',
    over: 'Drop to upload',
    forUser: (name: string) => `for ${isolate(name)}`,
    forAppointment: (title: string) => `at ${isolate(title)}`,
    private: 'private',
  },

  transfers: {
    chooseFolder: 'Choose a folder',
    reading: (count: number) => `Reading folders: ${count === 1 ? '1 file' : `${count} files`} found …`,
    named: (name: string) => isolate(name),
    list: (names: string, more: number) => (more === 0 ? names : `${names} and ${more} more`),
    unreadable: (names: string) =>
      `Skipped, because they couldn't be read: ${names}. Check your access to them, then drop them again.`,
    refused: (names: string) =>
      `Skipped, because their folders are nested too deeply or have too long names: ${names}.`,
    screenshot: 'Screenshot',
    pauseAll: 'Pause all',
    resumeAll: 'Resume all',
    cancelAll: 'Cancel all',
    allPaused: 'All uploads paused.',
    allResumed: 'All uploads resumed.',
    allCancelled: 'All uploads cancelled.',
    cancelTitle: 'Cancel all uploads?',
    cancelQuestion: (count: number) =>
      `${count} uploads will be cancelled, and their uploaded parts deleted. Files that are uploaded already stay.`,
    notify: 'Notify me when all uploads have ended',
    denied:
      "Your browser doesn't allow this page to notify you. Change it in the browser's settings for this page.",
    finished: 'Uploads finished',
    finishedBody: (count: number, problems: number) => {
      const files = count === 1 ? '1 file' : `${count} files`;
      return problems === 0 ? `${files} uploaded.` : `${files}, ${problems} of them with a problem.`;
    },
    chooseFile: 'Choose file',
    uploadedOf: (name: string) => `Uploaded part of ${isolate(name)}`,
    differentFile: (name: string, size: string) =>
      `This is a different file. To resume, choose ${isolate(name)} with ${size}; to upload the other file, drop it.`,
    busy: 'This upload is running in another tab. Wait, or close that tab.',
    notes: {
      'needs-choice': 'This name exists already. Decide what to do.',
      'needs-password': 'Enter the password under "Private", then press its button.',
    },
  },

  sameName: {
    decide: 'Decide',
    notes: {
      later: 'The stored file of this name is deleted once this one is clean.',
      kept: 'The stored file of this name was kept.',
    },
  },

  unfinished: {
    title: 'Unfinished uploads',
    hint: 'To resume an upload, choose its file again: only the missing parts are sent.',
    about: (size: string, until: string) => `${size}, kept until ${until}`,
    discard: 'Discard',
  },

  fileList: {
    title: 'Files',
    ofAll: 'All files',
    ofUser: (name: string) => `User: ${isolate(name)}`,
    ofAppointment: (title: string) => `Appointment: ${isolate(title)}`,
    loading: 'Loading files …',
    empty: 'No files yet',
    emptyHint: 'Drop files above, or use the button.',
    emptyHere: 'No files here yet',
    failed: "Couldn't load the files.",
    retry: 'Try again',
    more: 'Show more',
    uploading: (count: number) => (count === 1 ? 'Uploading 1 file' : `Uploading ${count} files`),
    totalProgress: 'All uploads',
    hidden: (count: number, waiting: number) => {
      const files = count === 1 ? '1 more file' : `${count} more files`;
      return waiting === 0 ? files : `${files}, ${waiting} of them waiting`;
    },
  },

  filters: {
    label: 'Search and sort',
    search: 'Search files',
    verdict: 'Status',
    anyVerdict: 'All',
    sort: 'Sort by',
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
    nothing: 'No matching files',
    clear: 'Show all files',
    continue: 'Continue searching',
  },

  selection: {
    title: 'Selected files',
    all: 'Select all',
    choose: (name: string) => `Select ${isolate(name)}`,
    chosen: (count: number) => (count === 1 ? '1 file selected' : `${count} files selected`),
    clear: 'Clear selection',
    actions: {
      zip: 'Download',
      move: 'Move',
      links: 'Copy links',
      scanAgain: 'Scan again',
      delete: 'Delete',
    },
    actionFor: (action: string, count: number) =>
      `${action}: ${count === 1 ? '1 selected file' : `${count} selected files`}`,
    titles: {
      zip: (count: number) => `Download ${count === 1 ? '1 file' : `${count} files`} as a zip file`,
      move: (count: number) => `Move ${count === 1 ? '1 file' : `${count} files`}`,
      links: (count: number) => `Copy links to ${count === 1 ? '1 file' : `${count} files`}`,
      scanAgain: (count: number) => `Scan ${count === 1 ? '1 file' : `${count} files`} again`,
      delete: (count: number) => `Delete ${count === 1 ? '1 file' : `${count} files`}`,
    },
    done: {
      zip: (count: number) => `Download of ${count === 1 ? '1 file' : `${count} files`} started.`,
      move: (count: number) => (count === 1 ? '1 file moved.' : `${count} files moved.`),
      links: (count: number) => (count === 1 ? '1 link created.' : `${count} links created.`),
      scanAgain: (count: number) =>
        count === 1 ? '1 file is scanned again.' : `${count} files are scanned again.`,
      delete: (count: number) => (count === 1 ? '1 file deleted.' : `${count} files deleted.`),
    },
    leftOut: (count: number) => (count === 1 ? '1 file is left out:' : `${count} files are left out:`),
    private: (count: number, total: number) => {
      const which =
        count === total ? (count === 1 ? 'The file is' : 'They are') : `${count} of ${total} files are`;
      return `${which} private. Enter the password, or leave it empty to leave private files out.`;
    },
    nothingLeft: 'Without the password, no file is left.',
    failed: (action: string, count: number) =>
      `${action}: ${count === 1 ? '1 file failed.' : `${count} files failed.`}`,
    reason: (name: string, why: string) => `${isolate(name)}: ${why}`,
    andMore: (count: number) => `and ${count} more`,
    linksHint: 'Anyone who has a link can download the file, without signing in.',
    lifetime: 'Links end after',
    days: (count: number) => (count === 1 ? '1 day' : `${count} days`),
    linksTitle: (count: number) => (count === 1 ? '1 link' : `${count} links`),
    linksOnce: 'These links are shown only once. Copy them now.',
    copy: 'Copy',
    copied: 'Copied',
    notCopied: "The browser didn't allow it. Select the links and copy them yourself.",
  },

  folders: {
    folder: 'Folder',
    folderHint: 'For example photos/2026. Leave it empty for no folder. A new folder is created.',
    subfolders: 'Folders here',
    path: 'Folder path',
    root: 'All files',
    opened: (name: string) => `Folder ${isolate(name)} opened.`,
    more: 'Show more folders',
    name: 'Name',
    rename: 'Rename',
    renameTitle: 'Rename this folder',
    renamed: (name: string) => `Folder renamed to ${isolate(name)}.`,
    inFolder: 'in',
    empty: 'This folder is empty',
    emptyHint: 'A folder without files disappears.',
  },

  zip: {
    title: 'Zip download',
    defaultName: 'files',
    running: (name: string) => `Downloading ${isolate(name)}`,
    keepOpen: 'Keep this page open until the download has finished.',
    done: (name: string) => `${isolate(name)} downloaded.`,
    cancelled: (name: string) => `Download of ${isolate(name)} cancelled.`,
    failed: (name: string, why: string) => `Download of ${isolate(name)} failed. ${why}`,
    problems: {
      gone: (name: string) =>
        `${isolate(name)} can't be downloaded any more. Select the other files and try again.`,
      unreachable: (name: string) =>
        `${isolate(name)} couldn't be read to its end. Check your connection, then try again.`,
      changed: (name: string) => `The content of ${isolate(name)} has changed. Try again.`,
      ended: () => 'The browser stopped it. Try again, and keep this page open.',
      unsupported: () =>
        "This window can't create zip files: it is private, or the page has no HTTPS. Download the files one by one.",
    },
    noFile: 'a file',
    progress: 'Progress of the zip download',
  },

  undo: {
    title: 'Just changed',
    deleted: 'deleted',
    moved: (count: number, folder: string) =>
      `${count === 1 ? '1 file' : `${count} files`} moved ${folder === '' ? 'out of all folders' : `to ${isolate(folder)}`}.`,
    movedBack: (count: number) => `${count === 1 ? '1 file' : `${count} files`} moved back.`,
    notMovedBack: (count: number, why: string) =>
      `Couldn't move ${count === 1 ? '1 file' : `${count} files`} back. ${why}`,
    undo: 'Undo',
  },

  preview: {
    loading: 'Loading …',
    previous: 'Previous file',
    next: 'Next file',
    place: (place: number, count: number) => `${place} of ${count}`,
    more: 'This is only the beginning. Download the file to see the rest.',
    failed:
      "This file can't be shown here. It may be damaged, or its name has the wrong extension. Download it instead.",
  },

  row: {
    private: 'private',
    reversed: (ending: string) =>
      `This name contains characters that reverse its letters. It really ends in ${isolate(ending)}.`,
    uploading: (name: string) => `Upload of ${isolate(name)}`,
    bytesOf: (sent: string, size: string) => `${sent} of ${size}`,
    perSecond: (amount: string) => `${amount}/s`,
    timeLeft: (time: string) => `${time} left`,
    cancel: 'Cancel',
    pause: 'Pause',
    resume: 'Resume',
    retry: 'Try again',
    uploadAgain: 'Upload again',
    dismiss: 'Remove',
    download: 'Download',
    preview: 'Preview',
    delete: 'Delete',
    rename: 'Rename',
    scanAgain: 'Scan again',
    actionFor: (action: string, name: string) => `${action}: ${isolate(name)}`,
    notDeleted: (why: string) => `Couldn't delete the file. ${why}`,
    notReady: "This file can't be downloaded right now. Check its updated status.",
  },

  status: {
    waiting: 'Waiting',
    'needs-choice': 'Name exists',
    'needs-password': 'Needs a password',
    comparing: 'Comparing',
    uploading: 'Uploading',
    offline: 'No connection',
    retrying: 'Retrying',
    paused: 'Paused',
    completing: 'Finishing',
    queued: 'Waiting for scan',
    scanning: 'Scanning',
    clean: 'Clean',
    unscanned: 'Not scanned',
    infected: 'Infected',
    blocked: 'Blocked',
    released: 'Released',
    replaced: 'Blocked',
    unscannable: "Couldn't be scanned",
    'scan-failed': 'Scan failed',
    failed: 'Upload failed',
    cancelled: 'Cancelled',
  },

  notes: {
    different:
      'The unfinished upload with this name is a different file. This file starts from the beginning; to resume the other upload, choose the other file.',
    infected: (found: string) =>
      `Malware found${found ? `: ${isolate(found)}` : ''}. The file is in quarantine and can't be downloaded. Delete it, and check the device it came from.`,
    unscannedReasons: {
      encrypted: "This file is encrypted, so it couldn't be scanned.",
      too_large: "This file is larger than the scanner's limit.",
      ambiguous_zip:
        'Programs find different files in this archive, so a scan is not reliable. Pack it again.',
      limits_exceeded:
        "This file contains more than the scanner unpacks, or is packed in a format that it doesn't support.",
      other: "This file couldn't be scanned.",
    },
    blockedReasons: {
      type_mismatch: "This file's content is not of a type that is accepted here.",
      other: 'This file does not follow a rule of this service.',
    },
    blocked: (reason: string) => `${reason} It is blocked and can't be downloaded.`,
    unscannable: (reason: string) =>
      `${reason} It can still be downloaded: open it only if you trust its source.`,
    replaced:
      "The file's content was replaced in storage after the upload. It is blocked and can't be downloaded. Delete it and upload it again.",
    'scan-failed': "The scan didn't finish. The file is kept and can be downloaded once it has been scanned.",
    retrying: 'The service or storage could not be reached. The upload tries again automatically.',
    offline: 'No network. The upload resumes automatically when it is back.',
    tooLate: "The file was stored before it could be cancelled. Delete it if you don't want it.",
    resume: 'Trying again sends only the missing parts.',
    keptUntil: (until: string) => `Uploaded parts are kept until ${until}.`,
  },

  /** The details of one file; those of the panel itself are loaded with it, from details/texts.ts. */
  details: {
    open: (name: string) => `Details: ${isolate(name)}`,
    newName: 'New name',
    otherExtension: (before: string, after: string) =>
      `The extension changes from ${isolate(before || 'none')} to ${isolate(after || 'none')}.`,
    conflict: (name: string) =>
      `Someone else renamed this file meanwhile. Its name is now ${isolate(name)}. To use your name instead, rename it again.`,
    gone: 'This file was deleted meanwhile.',
    renamedTo: (from: string, to: string) => `${isolate(from)} renamed to ${isolate(to)}`,
    notUndone: (name: string, why: string) => `Couldn't rename ${isolate(name)} back. ${why}`,
    conflictOfUndo: (name: string) =>
      `Someone else renamed the file meanwhile: its name is now ${isolate(name)}.`,
  },

  dialogs: {
    ...sharedEn.dialogs,
    newUserTitle: 'New user',
    userName: 'Name',
    newAppointmentTitle: 'New appointment',
    appointmentTitle: 'Title',
    create: 'Create',
    deleteUserTitle: 'Delete this user?',
    deleteUser: (name: string) =>
      `${isolate(name)} will be deleted with all appointments and files. This can't be undone.`,
    deleteAppointmentTitle: 'Delete this appointment?',
    deleteAppointment: (title: string) =>
      `${isolate(title)} will be deleted with all files. This can't be undone.`,
    confirmDelete: 'Delete permanently',
    credentialTitle: 'This file is private',
    credential: (name: string) => `Enter the password for ${isolate(name)}.`,
    credentialActions: {
      download: 'Download',
      scanAgain: 'Scan again',
      delete: 'Delete',
      preview: 'Preview',
      rename: 'Continue',
      details: 'Show',
      link: 'Continue',
    },
    wrongCredential: 'Wrong password. If the file has names and values, enter them under "Advanced".',
  },

  announcements: {
    added: (count: number) => (count === 1 ? '1 file added.' : `${count} files added.`),
    stored: (name: string) => `${isolate(name)} uploaded. Waiting for scan.`,
    state: (name: string, state: string) => `${isolate(name)}: ${state}.`,
    failed: (name: string, why: string) => `Couldn't upload ${isolate(name)}. ${why}`,
    cancelled: (name: string) => `Upload of ${isolate(name)} cancelled.`,
    deleted: (name: string) => `${isolate(name)} deleted.`,
    restored: (name: string) => `${isolate(name)} restored.`,
    notDeleted: (name: string, why: string) => `Couldn't delete ${isolate(name)}. ${why}`,
    created: (name: string) => `${isolate(name)} created and selected.`,
  },
};

export type Messages = typeof en;
