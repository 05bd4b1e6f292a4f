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
    searchUsers: 'Personen suchen',
    searchAppointments: 'Termine suchen',
    found: (count, isMore) => {
      if (count === 0) return isMore ? 'Bisher nichts gefunden.' : 'Nichts gefunden.';
      return isMore ? `Die ersten ${count} gefunden.` : `${count} gefunden.`;
    },
    noChoice: 'Keine Auswahl',
    summary: (parts) => parts.map(isolate).join(', '),
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

  selection: {
    title: 'Ausgewählte Dateien',
    all: 'Alle auswählen',
    choose: (name) => `${isolate(name)} auswählen`,
    chosen: (count) => (count === 1 ? '1 Datei ausgewählt' : `${count} Dateien ausgewählt`),
    clear: 'Auswahl aufheben',
    actions: {
      zip: 'Herunterladen',
      move: 'Verschieben',
      links: 'Links kopieren',
      scanAgain: 'Erneut prüfen',
      delete: 'Löschen',
    },
    actionFor: (action, count) =>
      `${action}: ${count === 1 ? '1 ausgewählte Datei' : `${count} ausgewählte Dateien`}`,
    titles: {
      zip: (count) => `${count === 1 ? '1 Datei' : `${count} Dateien`} als ZIP-Datei herunterladen`,
      move: (count) => `${count === 1 ? '1 Datei' : `${count} Dateien`} verschieben`,
      links: (count) => `Links zu ${count === 1 ? '1 Datei' : `${count} Dateien`} kopieren`,
      scanAgain: (count) => `${count === 1 ? '1 Datei' : `${count} Dateien`} erneut prüfen`,
      delete: (count) => `${count === 1 ? '1 Datei' : `${count} Dateien`} löschen`,
    },
    done: {
      zip: (count) => `Download von ${count === 1 ? '1 Datei' : `${count} Dateien`} begonnen.`,
      move: (count) => (count === 1 ? '1 Datei verschoben.' : `${count} Dateien verschoben.`),
      links: (count) => (count === 1 ? '1 Link erstellt.' : `${count} Links erstellt.`),
      scanAgain: (count) =>
        count === 1 ? '1 Datei wird erneut geprüft.' : `${count} Dateien werden erneut geprüft.`,
      delete: (count) => (count === 1 ? '1 Datei gelöscht.' : `${count} Dateien gelöscht.`),
    },
    leftOut: (count) => (count === 1 ? '1 Datei wird ausgelassen:' : `${count} Dateien werden ausgelassen:`),
    private: (count, total) => {
      const which =
        count === total ? (count === 1 ? 'Die Datei ist' : 'Sie sind') : `${count} von ${total} Dateien sind`;
      return `${which} privat. Geben Sie das Passwort ein, oder lassen Sie es leer, um private Dateien auszulassen.`;
    },
    nothingLeft: 'Ohne das Passwort bleibt keine Datei übrig.',
    failed: (action, count) =>
      `${action}: ${count === 1 ? '1 Datei fehlgeschlagen.' : `${count} Dateien fehlgeschlagen.`}`,
    reason: (name, why) => `${isolate(name)}: ${why}`,
    andMore: (count) => `und ${count} weitere`,
    linksHint: 'Wer einen Link hat, kann die Datei herunterladen, ohne sich anzumelden.',
    lifetime: 'Links enden nach',
    days: (count) => (count === 1 ? '1 Tag' : `${count} Tagen`),
    linksTitle: (count) => (count === 1 ? '1 Link' : `${count} Links`),
    linksOnce: 'Diese Links werden nur einmal angezeigt. Kopieren Sie sie jetzt.',
    copy: 'Kopieren',
    copied: 'Kopiert',
    notCopied: 'Der Browser hat es nicht erlaubt. Markieren Sie die Links und kopieren Sie sie selbst.',
  },

  folders: {
    folder: 'Ordner',
    folderHint: 'Zum Beispiel Fotos/2026. Leer bedeutet: in keinem Ordner. Ein neuer Ordner wird angelegt.',
    subfolders: 'Ordner hier',
    path: 'Pfad des Ordners',
    root: 'Alle Dateien',
    opened: (name) => `Ordner ${isolate(name)} geöffnet.`,
    more: 'Mehr Ordner anzeigen',
    name: 'Name',
    rename: 'Umbenennen',
    renameTitle: 'Diesen Ordner umbenennen',
    renamed: (name) => `Ordner umbenannt in ${isolate(name)}.`,
    inFolder: 'in',
    empty: 'Dieser Ordner ist leer',
    emptyHint: 'Ein Ordner ohne Dateien verschwindet.',
  },

  zip: {
    title: 'ZIP-Download',
    defaultName: 'Dateien',
    running: (name) => `${isolate(name)} wird heruntergeladen`,
    keepOpen: 'Lassen Sie die Seite offen, bis der Download fertig ist.',
    done: (name) => `${isolate(name)} heruntergeladen.`,
    cancelled: (name) => `Download von ${isolate(name)} abgebrochen.`,
    failed: (name, why) => `Download von ${isolate(name)} fehlgeschlagen. ${why}`,
    problems: {
      gone: (name) =>
        `${isolate(name)} kann nicht mehr heruntergeladen werden. Wählen Sie die anderen Dateien und versuchen Sie es erneut.`,
      unreachable: (name) =>
        `${isolate(name)} konnte nicht bis zum Ende gelesen werden. Prüfen Sie Ihre Verbindung und versuchen Sie es erneut.`,
      changed: (name) => `Der Inhalt von ${isolate(name)} hat sich geändert. Versuchen Sie es erneut.`,
      ended: () => 'Der Browser hat ihn beendet. Versuchen Sie es erneut und lassen Sie die Seite offen.',
      unsupported: () =>
        'Dieses Fenster kann keine ZIP-Dateien erstellen: Es ist privat, oder die Seite hat kein HTTPS. Laden Sie die Dateien einzeln herunter.',
    },
    noFile: 'eine Datei',
    progress: 'Fortschritt des ZIP-Downloads',
  },

  undo: {
    title: 'Eben geändert',
    deleted: 'gelöscht',
    moved: (count, folder) =>
      `${count === 1 ? '1 Datei' : `${count} Dateien`} ${folder === '' ? 'aus allen Ordnern' : `nach ${isolate(folder)}`} verschoben.`,
    movedBack: (count) => `${count === 1 ? '1 Datei' : `${count} Dateien`} zurückverschoben.`,
    notMovedBack: (count, why) =>
      `${count === 1 ? '1 Datei konnte' : `${count} Dateien konnten`} nicht zurückverschoben werden. ${why}`,
    undo: 'Rückgängig',
  },

  preview: {
    loading: 'Wird geladen …',
    previous: 'Vorherige Datei',
    next: 'Nächste Datei',
    place: (place, count) => `${place} von ${count}`,
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
    rename: 'Umbenennen',
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
    retrying: 'Neuer Versuch',
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
      ambiguous_zip:
        'Programme finden in diesem Archiv verschiedene Dateien, deshalb ist eine Prüfung nicht verlässlich. Packen Sie es neu.',
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
    retrying: 'Der Dienst oder der Speicher war nicht erreichbar. Der Upload versucht es automatisch erneut.',
    offline: 'Kein Netz. Der Upload wird automatisch fortgesetzt, sobald es wieder da ist.',
    tooLate:
      'Die Datei war schon gespeichert, bevor sie abgebrochen werden konnte. Löschen Sie sie, wenn Sie sie nicht brauchen.',
    resume: 'Ein neuer Versuch sendet nur die fehlenden Teile.',
    keptUntil: (until) => `Hochgeladene Teile bleiben bis ${until} erhalten.`,
  },

  details: {
    open: (name) => `Details: ${isolate(name)}`,
    newName: 'Neuer Name',
    otherExtension: (before, after) =>
      `Die Endung ändert sich von ${isolate(before || 'keiner')} zu ${isolate(after || 'keiner')}.`,
    conflict: (name) =>
      `Jemand anderes hat die Datei inzwischen umbenannt. Sie heißt jetzt ${isolate(name)}. Um stattdessen Ihren Namen zu verwenden, benennen Sie sie noch einmal um.`,
    gone: 'Diese Datei wurde inzwischen gelöscht.',
    renamedTo: (from, to) => `${isolate(from)} umbenannt in ${isolate(to)}`,
    notUndone: (name, why) => `${isolate(name)} konnte nicht zurückbenannt werden. ${why}`,
    conflictOfUndo: (name) =>
      `Jemand anderes hat die Datei inzwischen umbenannt: Sie heißt jetzt ${isolate(name)}.`,
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
      rename: 'Weiter',
      details: 'Anzeigen',
      link: 'Weiter',
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
