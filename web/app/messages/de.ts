import { sharedDe } from '../../shared/messages/de';
import { isolate } from '../../shared/text/isolate';
import type { Messages } from './en';

/** Alle Texte der Seite auf Deutsch. */
export const de: Messages = {
  ...sharedDe,

  header: {
    name: 'Longshore',
    tagline:
      'Dateien gehen direkt vom Browser in Ihren Speicher und werden geprüft, bevor man sie herunterladen kann.',
    skip: 'Zu den Dateien springen',
  },
  footer: {
    direct: 'Dateien gehen direkt vom Browser in den Speicher. Der Dienst signiert nur die Anfragen.',
    api: 'API-Referenz',
  },

  assign: {
    title: 'Zuordnen',
    hint: 'Wählen Sie, wem die nächsten Dateien gehören. Beide Felder sind optional.',
    user: 'Person',
    noUser: 'Keine Person',
    newUser: 'Neue Person',
    deleteUser: (name) => `Person ${isolate(name)} löschen`,
    appointment: 'Termin',
    noAppointment: 'Kein Termin',
    userFirst: 'Zuerst eine Person wählen',
    newAppointment: 'Neuer Termin',
    deleteAppointment: (title) => `Termin ${isolate(title)} löschen`,
    more: 'Mehr laden',
    failed: 'Die Liste konnte nicht geladen werden.',
  },

  privateFiles: {
    title: 'Privat (Passwort)',
    hint: 'Zum Herunterladen brauchen Sie das Passwort wieder. Diese Seite speichert es nicht.',
    legend: 'Passwort',
    pairs: 'Namen und Werte',
    advanced: 'Erweitert: Namen und Werte',
    simple: 'Ein Passwort verwenden',
    key: 'Name',
    value: 'Wert',
    keyOf: (row) => `Name ${row}`,
    valueOf: (row) => `Wert ${row}`,
    add: 'Weiteres Paar',
    remove: (row) => `Paar ${row} entfernen`,
    missing: 'Geben Sie ein Passwort ein.',
    incomplete: 'Geben Sie mindestens einen Namen und seinen Wert ein.',
    duplicate: 'Ein Name kommt zweimal vor. Verwenden Sie jeden Namen nur einmal.',
    uploadWaiting: (count) =>
      count === 1
        ? '1 Datei mit diesem Passwort hochladen'
        : `${count} Dateien mit diesem Passwort hochladen`,
    uploadWithout: (count) =>
      count === 1 ? '1 Datei ohne Passwort hochladen' : `${count} Dateien ohne Passwort hochladen`,
  },

  dropZone: {
    title: 'Dateien hier ablegen',
    or: 'oder',
    choose: 'Dateien wählen',
    hint: 'Legen Sie Dateien und Ordner jeder Größe irgendwo auf der Seite ab, oder fügen Sie sie ein. Lassen Sie die Seite beim Hochladen offen.',
    over: 'Zum Hochladen loslassen',
    forUser: (name) => `für ${isolate(name)}`,
    forAppointment: (title) => `zu ${isolate(title)}`,
    private: 'privat',
  },

  transfers: {
    chooseFolder: 'Ordner wählen',
    reading: (count) => `Ordner werden gelesen: ${count === 1 ? '1 Datei' : `${count} Dateien`} gefunden …`,
    named: (name) => isolate(name),
    list: (names, more) => (more === 0 ? names : `${names} und ${more} weitere`),
    unreadable: (names) =>
      `Nicht lesbar und übersprungen: ${names}. Prüfen Sie Ihre Zugriffsrechte und legen Sie sie erneut ab.`,
    refused: (names) =>
      `Übersprungen, weil die Ordner zu tief verschachtelt sind oder zu lange Namen haben: ${names}.`,
    screenshot: 'Bildschirmfoto',
    inFolder: 'Ordner:',
    pauseAll: 'Alle anhalten',
    resumeAll: 'Alle fortsetzen',
    cancelAll: 'Alle abbrechen',
    allPaused: 'Alle Uploads angehalten.',
    allResumed: 'Alle Uploads fortgesetzt.',
    allCancelled: 'Alle Uploads abgebrochen.',
    cancelTitle: 'Alle Uploads abbrechen?',
    cancelQuestion: (count) =>
      `${count} Uploads werden abgebrochen und ihre hochgeladenen Teile gelöscht. Schon hochgeladene Dateien bleiben.`,
    notify: 'Benachrichtigen, wenn alle Uploads beendet sind',
    denied:
      'Ihr Browser erlaubt dieser Seite keine Benachrichtigungen. Ändern Sie das in seinen Einstellungen für diese Seite.',
    finished: 'Uploads beendet',
    finishedBody: (count, problems) => {
      const files = count === 1 ? '1 Datei' : `${count} Dateien`;
      return problems === 0 ? `${files} hochgeladen.` : `${files}, davon ${problems} mit einem Problem.`;
    },
    chooseFile: 'Datei wählen',
    uploadedOf: (name) => `Hochgeladener Teil von ${isolate(name)}`,
    differentFile: (name, size) =>
      `Das ist eine andere Datei. Wählen Sie zum Fortsetzen ${isolate(name)} mit ${size}; legen Sie die andere Datei ab, um sie hochzuladen.`,
    busy: 'Dieser Upload läuft in einem anderen Tab. Warten Sie, oder schließen Sie diesen Tab.',
    notes: {
      'needs-choice': 'Diesen Namen gibt es schon. Entscheiden Sie, was geschehen soll.',
      'needs-password': 'Geben Sie unter „Privat“ das Passwort ein und drücken Sie den Knopf.',
    },
  },

  sameName: {
    decide: 'Entscheiden',
    notes: {
      later: 'Die gespeicherte Datei dieses Namens wird gelöscht, sobald diese sauber ist.',
      kept: 'Die gespeicherte Datei dieses Namens wurde behalten.',
    },
  },

  unfinished: {
    title: 'Unvollständige Uploads',
    hint: 'Wählen Sie zum Fortsetzen die Datei noch einmal: Nur die fehlenden Teile werden gesendet.',
    about: (size, until) => `${size}, verfügbar bis ${until}`,
    discard: 'Verwerfen',
  },

  fileList: {
    title: 'Dateien',
    ofAll: 'Alle Dateien',
    ofUser: (name) => `Person: ${isolate(name)}`,
    ofAppointment: (title) => `Termin: ${isolate(title)}`,
    loading: 'Dateien werden geladen …',
    empty: 'Noch keine Dateien',
    emptyHint: 'Legen Sie oben Dateien ab oder nutzen Sie den Knopf.',
    emptyHere: 'Hier gibt es noch keine Dateien',
    failed: 'Die Dateien konnten nicht geladen werden.',
    retry: 'Erneut versuchen',
    more: 'Mehr anzeigen',
    uploading: (count) => (count === 1 ? '1 Datei wird hochgeladen' : `${count} Dateien werden hochgeladen`),
    totalProgress: 'Alle Uploads',
    hidden: (count, waiting) => {
      const files = count === 1 ? '1 weitere Datei' : `${count} weitere Dateien`;
      return waiting === 0 ? files : `${files}, ${waiting} davon in der Warteschlange`;
    },
  },

  filters: {
    label: 'Suchen und sortieren',
    search: 'Dateien suchen',
    verdict: 'Status',
    anyVerdict: 'Alle',
    sort: 'Sortieren nach',
    sorts: {
      '-created_at': 'Neueste zuerst',
      created_at: 'Älteste zuerst',
      filename: 'Name, A bis Z',
      '-filename': 'Name, Z bis A',
      '-size': 'Größte zuerst',
      size: 'Kleinste zuerst',
    },
    found: (count, isMore) => {
      if (isMore) return `Bisher ${count === 1 ? '1 Datei' : `${count} Dateien`} gefunden.`;
      return count === 1 ? '1 Datei gefunden.' : `${count} Dateien gefunden.`;
    },
    nothing: 'Keine Treffer',
    clear: 'Alle Dateien anzeigen',
    continue: 'Weitersuchen',
  },

  undo: {
    title: 'Eben gelöscht',
    deleted: 'gelöscht',
    undo: 'Rückgängig',
  },

  preview: {
    loading: 'Wird geladen …',
    more: 'Das ist nur der Anfang. Laden Sie die Datei herunter, um den Rest zu sehen.',
    failed:
      'Diese Datei kann hier nicht angezeigt werden. Sie ist vielleicht beschädigt oder hat die falsche Endung. Laden Sie sie herunter.',
  },

  row: {
    private: 'privat',
    reversed: (ending) =>
      `Dieser Name enthält Zeichen, die seine Buchstaben umkehren. Er endet in Wirklichkeit auf ${isolate(ending)}.`,
    uploading: (name) => `Upload von ${isolate(name)}`,
    bytesOf: (sent, size) => `${sent} von ${size}`,
    perSecond: (amount) => `${amount}/s`,
    timeLeft: (time) => `noch ${time}`,
    cancel: 'Abbrechen',
    pause: 'Pause',
    resume: 'Fortsetzen',
    retry: 'Erneut versuchen',
    uploadAgain: 'Erneut hochladen',
    dismiss: 'Entfernen',
    download: 'Herunterladen',
    preview: 'Vorschau',
    delete: 'Löschen',
    scanAgain: 'Erneut prüfen',
    actionFor: (action, name) => `${action}: ${isolate(name)}`,
    notDeleted: (why) => `Die Datei konnte nicht gelöscht werden. ${why}`,
    notReady: 'Diese Datei kann gerade nicht heruntergeladen werden. Beachten Sie ihren neuen Status.',
  },

  status: {
    waiting: 'Wartet',
    'needs-choice': 'Name vergeben',
    'needs-password': 'Braucht Passwort',
    comparing: 'Wird verglichen',
    uploading: 'Wird hochgeladen',
    offline: 'Keine Verbindung',
    paused: 'Pausiert',
    completing: 'Wird abgeschlossen',
    queued: 'Wartet auf Prüfung',
    scanning: 'Wird geprüft',
    clean: 'Sauber',
    unscanned: 'Ungeprüft',
    infected: 'Infiziert',
    blocked: 'Gesperrt',
    released: 'Freigegeben',
    replaced: 'Gesperrt',
    unscannable: 'Nicht prüfbar',
    'scan-failed': 'Prüfung fehlgeschlagen',
    failed: 'Upload fehlgeschlagen',
    cancelled: 'Abgebrochen',
  },

  notes: {
    different:
      'Der unvollständige Upload mit diesem Namen ist eine andere Datei. Diese Datei beginnt von vorn; um den anderen Upload fortzusetzen, wählen Sie die andere Datei.',
    infected: (found) =>
      `Schadsoftware gefunden${found ? `: ${isolate(found)}` : ''}. Die Datei ist in Quarantäne und kann nicht heruntergeladen werden. Löschen Sie sie und prüfen Sie das Gerät, von dem sie stammt.`,
    unscannedReasons: {
      encrypted: 'Diese Datei ist verschlüsselt und konnte nicht geprüft werden.',
      too_large: 'Diese Datei ist größer, als der Scanner erlaubt.',
      limits_exceeded:
        'Diese Datei enthält mehr, als der Scanner entpackt, oder hat ein Format, das er nicht unterstützt.',
      other: 'Diese Datei konnte nicht geprüft werden.',
    },
    blockedReasons: {
      type_mismatch: 'Der Inhalt dieser Datei gehört zu keinem Typ, der hier erlaubt ist.',
      other: 'Diese Datei verstößt gegen eine Regel dieses Dienstes.',
    },
    blocked: (reason) => `${reason} Sie ist gesperrt und kann nicht heruntergeladen werden.`,
    unscannable: (reason) =>
      `${reason} Sie kann trotzdem heruntergeladen werden: Öffnen Sie sie nur, wenn Sie der Quelle vertrauen.`,
    replaced:
      'Der Inhalt der Datei wurde nach dem Hochladen im Speicher ersetzt. Sie ist gesperrt und kann nicht heruntergeladen werden. Löschen Sie sie und laden Sie sie erneut hoch.',
    'scan-failed':
      'Die Prüfung wurde nicht fertig. Die Datei bleibt erhalten und kann nach einer Prüfung heruntergeladen werden.',
    offline: 'Kein Netz. Der Upload wird automatisch fortgesetzt, sobald es wieder da ist.',
    tooLate:
      'Die Datei war schon gespeichert, bevor sie abgebrochen werden konnte. Löschen Sie sie, wenn Sie sie nicht brauchen.',
    resume: 'Ein neuer Versuch sendet nur die fehlenden Teile.',
    keptUntil: (until) => `Hochgeladene Teile bleiben bis ${until} erhalten.`,
  },

  dialogs: {
    ...sharedDe.dialogs,
    newUserTitle: 'Neue Person',
    userName: 'Name',
    newAppointmentTitle: 'Neuer Termin',
    appointmentTitle: 'Titel',
    create: 'Anlegen',
    deleteUserTitle: 'Diese Person löschen?',
    deleteUser: (name) =>
      `${isolate(name)} wird mit allen Terminen und Dateien gelöscht. Das lässt sich nicht rückgängig machen.`,
    deleteAppointmentTitle: 'Diesen Termin löschen?',
    deleteAppointment: (title) =>
      `${isolate(title)} wird mit allen Dateien gelöscht. Das lässt sich nicht rückgängig machen.`,
    confirmDelete: 'Endgültig löschen',
    credentialTitle: 'Diese Datei ist privat',
    credential: (name) => `Geben Sie das Passwort für ${isolate(name)} ein.`,
    credentialActions: {
      download: 'Herunterladen',
      scanAgain: 'Erneut prüfen',
      delete: 'Löschen',
      preview: 'Vorschau',
    },
    wrongCredential: 'Falsches Passwort. Hat die Datei Namen und Werte, geben Sie sie unter „Erweitert“ ein.',
  },

  announcements: {
    added: (count) => (count === 1 ? '1 Datei hinzugefügt.' : `${count} Dateien hinzugefügt.`),
    stored: (name) => `${isolate(name)} hochgeladen. Wartet auf Prüfung.`,
    state: (name, state) => `${isolate(name)}: ${state}.`,
    failed: (name, why) => `${isolate(name)} konnte nicht hochgeladen werden. ${why}`,
    cancelled: (name) => `Upload von ${isolate(name)} abgebrochen.`,
    deleted: (name) => `${isolate(name)} gelöscht.`,
    restored: (name) => `${isolate(name)} wiederhergestellt.`,
    notDeleted: (name, why) => `${isolate(name)} konnte nicht gelöscht werden. ${why}`,
    created: (name) => `${isolate(name)} angelegt und ausgewählt.`,
  },
};
