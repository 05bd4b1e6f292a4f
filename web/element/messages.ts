import { LongshoreError } from '../client/index';

/** The texts of the element, in each language that it supports; the English ones define what there is. */
const en = {
  label: 'Upload files',
  choose: 'Choose files',
  chooseOne: 'Choose a file',
  drop: 'Drop files here or',
  dropOne: 'Drop a file here or',
  required: 'Required.',
  remove: (name: string) => `Remove ${name}`,
  removeShort: 'Remove',
  retry: (name: string) => `Try again: ${name}`,
  retryShort: 'Try again',
  pause: (name: string) => `Pause ${name}`,
  pauseShort: 'Pause',
  resume: (name: string) => `Resume ${name}`,
  resumeShort: 'Resume',
  percent: (share: string) => `${share} %`,
  stages: {
    waiting: 'Waiting for its turn',
    comparing: 'Comparing with the earlier upload',
    uploading: 'Uploading',
    offline: 'Waiting for the network',
    retrying: 'Connection lost, trying again',
    paused: 'Paused',
    completing: 'Completing',
    queued: 'Waiting for scan',
    scanning: 'Scanning',
    stored: 'Stored',
    accepted: 'Ready',
    infected: 'Infected',
    blocked: 'Blocked',
    unscanned: "Couldn't be scanned",
    failed: 'Failed',
  },
  /** By the code of an error; for others, the error's own message. */
  errors: {
    wrong_type: 'This type of file is not accepted. Choose another file.',
    api_unreachable: 'The server was not reached. Check your connection, then try again.',
    transfer_failed: 'The file could not be stored. Check your connection, then try again.',
    file_unreadable: 'The file was changed, moved or deleted. Choose it again.',
  } as Record<string, string>,
  /** Why the form cannot be sent. */
  missing: 'Choose a file.',
  pending: (name: string) => `Wait until ${name} is uploaded and scanned, or remove it.`,
  refused: (name: string) => `${name} cannot be sent. Remove it or try again.`,
  announce: (name: string, text: string) => `${name}: ${text}`,
};

export type Messages = typeof en;

const de: Messages = {
  label: 'Dateien hochladen',
  choose: 'Dateien wählen',
  chooseOne: 'Datei wählen',
  drop: 'Dateien hier ablegen oder',
  dropOne: 'Datei hier ablegen oder',
  required: 'Erforderlich.',
  remove: (name) => `${name} entfernen`,
  removeShort: 'Entfernen',
  retry: (name) => `Erneut versuchen: ${name}`,
  retryShort: 'Erneut versuchen',
  pause: (name) => `${name} anhalten`,
  pauseShort: 'Anhalten',
  resume: (name) => `${name} fortsetzen`,
  resumeShort: 'Fortsetzen',
  percent: (share) => `${share} %`,
  stages: {
    waiting: 'Wartet, bis sie an der Reihe ist',
    comparing: 'Wird mit dem früheren Upload verglichen',
    uploading: 'Wird hochgeladen',
    offline: 'Wartet auf das Netz',
    retrying: 'Verbindung verloren, neuer Versuch',
    paused: 'Angehalten',
    completing: 'Wird abgeschlossen',
    queued: 'Wartet auf Prüfung',
    scanning: 'Wird geprüft',
    stored: 'Gespeichert',
    accepted: 'Fertig',
    infected: 'Infiziert',
    blocked: 'Gesperrt',
    unscanned: 'Nicht prüfbar',
    failed: 'Fehlgeschlagen',
  },
  errors: {
    wrong_type: 'Dieser Dateityp wird nicht angenommen. Wählen Sie eine andere Datei.',
    api_unreachable:
      'Der Server ist nicht erreichbar. Prüfen Sie die Verbindung und versuchen Sie es erneut.',
    transfer_failed:
      'Die Datei wurde nicht gespeichert. Prüfen Sie die Verbindung und versuchen Sie es erneut.',
    file_unreadable: 'Die Datei wurde geändert, verschoben oder gelöscht. Wählen Sie sie erneut.',
  },
  missing: 'Wählen Sie eine Datei.',
  pending: (name) => `Warten Sie, bis ${name} hochgeladen und geprüft ist, oder entfernen Sie die Datei.`,
  refused: (name) =>
    `${name} kann nicht gesendet werden. Entfernen Sie die Datei, oder versuchen Sie es erneut.`,
  announce: (name, text) => `${name}: ${text}`,
};

/** Returns the texts of a language tag, such as `de-AT`; English for a language without texts. */
export const messagesOf = (tag: string): Messages => (/^de\b/i.test(tag) ? de : en);

/** Returns what to show of an error. */
export const describeError = ({ errors }: Messages, error: Error): string =>
  errors[error instanceof LongshoreError ? error.code : ''] ?? error.message;

/** Returns the language of an element: its nearest `lang`, else that of the browser. */
export function languageOf(element: Element): string {
  for (let at: Element | null = element; at; at = parentOf(at)) {
    const lang = at.getAttribute('lang');
    if (lang) return lang;
  }
  return navigator.language;
}

/** Returns the parent, across the border of a shadow tree. */
function parentOf(element: Element): Element | null {
  const root = element.getRootNode();
  return element.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
}
