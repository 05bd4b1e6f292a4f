import { isolate } from '../text/isolate';
import type { SharedMessages } from './en';

/** Die gemeinsamen Texte der Seiten auf Deutsch. */
export const sharedDe: SharedMessages = {
  locale: 'de',

  login: {
    title: 'Anmelden',
    hint: 'Dieser Dienst verlangt einen Schlüssel. Er bleibt in diesem Tab und wird beim Schließen gelöscht.',
    label: 'API-Schlüssel oder Token',
    submit: 'Anmelden',
    wrong: 'Dieser Schlüssel ist ungültig. Prüfen Sie ihn oder fordern Sie einen neuen an.',
    expired:
      'Ihr Schlüssel oder Token ist nicht mehr gültig. Melden Sie sich erneut an; Ihre Uploads bleiben erhalten.',
    account: 'Konto',
    signedInAs: (subject: string) => `Angemeldet als ${isolate(subject)}`,
    used: (used: string) => `${used} belegt`,
    usedOf: (used: string, allowed: string) => `${used} von ${allowed} belegt`,
    uploadOnly: 'Dieser Schlüssel erlaubt das Hochladen, nicht das Auflisten oder Herunterladen.',
    readOnly: 'Dieser Schlüssel erlaubt das Auflisten und Herunterladen, nicht das Hochladen.',
    noDelete: 'Dieser Schlüssel erlaubt das Hoch- und Herunterladen, nicht das Löschen.',
    signOut: 'Abmelden',
  },

  banners: {
    unreachable: 'Longshore ist nicht erreichbar.',
    unreachableHint:
      'Die Seite ist vielleicht nicht aktuell. Sie versucht es weiter; unterbrochene Uploads können Sie fortsetzen.',
    tryNow: 'Jetzt versuchen',
    scanningOff: 'Die Virenprüfung ist aus. Dateien können ungeprüft heruntergeladen werden.',
    scannerUnsafe: 'Der Scanner lässt manche Dateien ungeprüft durch. Verlassen Sie sich nicht auf „Sauber“.',
    scannerUnsafeHint:
      'Ändern Sie die Einstellungen des Scanners. Die Health-Abfrage der API nennt die Zeile.',
    storageUnsafe: 'Der Speicher nimmt unsignierte Anfragen an. Dateien könnten gelesen oder ersetzt werden.',
    storageUnsafeHint: (attacks) =>
      `Schalten Sie den Anfragefilter vor den Speicher. „longshore doctor“ nennt ${attacks === 1 ? 'den Angriff' : `die ${attacks} Angriffe`}, docs/security.md die Regeln.`,
    scannerDown:
      'Der Scanner ist nicht erreichbar. Uploads werden gespeichert und geprüft, sobald er wieder da ist.',
  },

  verdicts: {
    clean: 'Sauber',
    infected: 'Infiziert',
    unscannable: 'Nicht prüfbar',
    blocked: 'Gesperrt',
    released: 'Freigegeben',
    error: 'Prüfung fehlgeschlagen',
    disabled: 'Ungeprüft',
    pending: 'Wartet auf Prüfung',
  },

  dialogs: {
    cancel: 'Abbrechen',
    keep: 'Behalten',
    close: 'Schließen',
    required: 'Dieses Feld ist erforderlich.',
  },

  settings: {
    theme: 'Farben',
    themes: { system: 'System', light: 'Hell', dark: 'Dunkel' },
    language: 'Sprache',
    languages: { browser: 'Browser', en: 'English', de: 'Deutsch' },
    later: 'Die Sprache ändert sich, wenn die Seite neu geladen wird; warten Sie vorher auf die Uploads.',
    reload: 'Jetzt neu laden',
  },

  loadProblem: {
    title: 'Dieser Teil der Seite konnte nicht geladen werden',
    text: 'Es gibt keine Verbindung, oder der Dienst wurde aktualisiert. Laden Sie die Seite neu und versuchen Sie es noch einmal.',
    reload: 'Neu laden',
  },

  copy: {
    what: (label) => `Kopieren: ${label}`,
    copied: 'Kopiert.',
    selected: 'Markiert. Kopieren Sie mit Strg+C.',
  },

  errors: {
    api_unreachable:
      'Longshore ist nicht erreichbar. Prüfen Sie Ihre Verbindung und versuchen Sie es erneut.',
    transfer_failed:
      'Der Speicher hat einen Teil der Datei nicht angenommen. Prüfen Sie Ihre Verbindung und versuchen Sie es erneut.',
    service_refuses_origin:
      'Longshore nimmt keine Anfragen von dieser Seite an. Bitten Sie den Betreiber, ihre Adresse in CORS_ORIGINS einzutragen.',
    storage_refuses_origin:
      'Der Speicher nimmt keine Dateien von dieser Seite an. Bitten Sie den Betreiber, ihre Adresse in die CORS-Regeln des Speichers einzutragen.',
    not_sent:
      'Der Speicher hat die Datei nicht gesendet. Versuchen Sie es erneut; bleibt es dabei, wenden Sie sich an den Betreiber.',
    file_unreadable:
      'Die Datei wurde nach der Auswahl geändert, verschoben oder gelöscht. Wählen Sie sie erneut.',
    not_loaded:
      'Ein Teil der Seite konnte nicht geladen werden. Prüfen Sie Ihre Verbindung und versuchen Sie es erneut. Ausgewählte Dateien warten so lange.',
    unknown: 'Etwas ist schiefgegangen. Laden Sie die Seite neu und versuchen Sie es erneut.',
  },
};
