import { isolate } from '../text/isolate';
import type { Messages } from './en';

/** Jedes Wort der Seite auf Deutsch. */
export const de: Messages = {
  locale: 'de',

  header: {
    name: 'Longshore',
    tagline:
      'Dateien gehen von hier geradewegs in Ihren Speicher und werden geprüft, bevor jemand sie herausnimmt.',
    skip: 'Zu den Dateien springen',
  },
  footer: {
    direct: 'Die Bytes reisen von diesem Browser in den Speicher; der Dienst unterschreibt nur die Papiere.',
    api: 'API-Referenz',
  },

  login: {
    title: 'Anmelden',
    hint: 'Dieser Dienst möchte wissen, wer Sie sind. Ihr Schlüssel bleibt in diesem Tab und wird vergessen, wenn Sie ihn schließen.',
    label: 'API-Schlüssel oder Token',
    enter: 'Anmelden',
    wrong:
      'Dieser Schlüssel gilt nicht (mehr). Prüfen Sie ihn, oder bitten Sie den, der ihn ausgestellt hat, um einen neuen.',
    refused:
      'Ihr Schlüssel oder Token gilt nicht mehr. Melden Sie sich neu an; was von Ihren Uploads angekommen ist, bleibt erhalten.',
    account: 'Konto',
    as: (subject: string) => `Angemeldet als ${isolate(subject)}`,
    used: (used: string) => `${used} belegt`,
    usedOf: (used: string, allowed: string) => `${used} von ${allowed} belegt`,
    uploadOnly: 'Mit diesem Schlüssel kann man Dateien senden, nicht auflisten oder herausholen.',
    readOnly: 'Mit diesem Schlüssel kann man Dateien sehen, nicht senden.',
    noDelete: 'Mit diesem Schlüssel kann man Dateien senden und sehen, nicht löschen.',
    signOut: 'Abmelden',
  },

  banners: {
    unreachable: 'Longshore ist nicht zu erreichen.',
    unreachableHint:
      'Was Sie sehen, kann veraltet sein. Die Seite versucht es weiter; ein Upload, der stehen bleibt, geht dort weiter, wo er stand.',
    tryNow: 'Jetzt versuchen',
    scanningOff: 'Die Virenprüfung ist aus: Dateien werden ungeprüft herausgegeben.',
    scannerUnsafe: 'Der Scanner lässt manche Dateien ungelesen durch: «sauber» ist hier wenig wert.',
    scannerUnsafeHint:
      'Seine Einstellungen müssen geändert werden; die Health-Seite der API nennt die Zeile.',
    storageUnsafe:
      'Der Speicher nimmt Anfragen ohne Signatur an: Dateien könnten gelesen oder ersetzt werden.',
    storageUnsafeHint: (attacks) =>
      `Den Anfragefilter davorsetzen. „longshore doctor“ nennt ${attacks === 1 ? 'den Angriff' : `die ${attacks} Angriffe`}, docs/security.md die Regeln.`,
    scannerDown:
      'Der Scanner ist nicht zu erreichen; Uploads bleiben liegen und werden geprüft, wenn er wieder da ist.',
  },

  papers: {
    title: 'Papiere',
    hint: 'Wem die nächsten Dateien gehören. Beides darf leer bleiben.',
    user: 'Person',
    nobody: 'Niemand',
    newUser: 'Neue Person',
    deleteUser: (name) => `Person ${isolate(name)} löschen`,
    appointment: 'Termin',
    noAppointment: 'Kein Termin',
    userFirst: 'Erst eine Person wählen',
    newAppointment: 'Neuer Termin',
    deleteAppointment: (title) => `Termin ${isolate(title)} löschen`,
    more: 'Weitere Namen laden',
    failed: 'Die Liste ließ sich nicht laden.',
  },

  secret: {
    title: 'Privat',
    hint: 'Nur wer die Zugangsdaten nennt, bekommt die Datei wieder heraus. Diese Seite bewahrt sie nirgends auf.',
    legend: 'Zugangsdaten',
    key: 'Name',
    value: 'Wert',
    keyOf: (row) => `Name ${row}`,
    valueOf: (row) => `Wert ${row}`,
    add: 'Weiteres Paar',
    remove: (row) => `Paar ${row} entfernen`,
    missing: 'Eine private Datei braucht Zugangsdaten: mindestens einen Namen und seinen Wert.',
    twice: 'Jeder Name darf nur einmal vorkommen.',
  },

  berth: {
    title: 'Dateien hier ablegen',
    or: 'oder',
    choose: 'Dateien wählen',
    hint: 'Überall auf dieser Seite, mehrere zugleich, ganze Ordner, jede Größe. Lassen Sie die Seite offen, solange sie reisen.',
    release: 'Loslassen, sie sind in guten Händen',
    unread:
      'Einiges ließ sich nicht lesen und blieb zurück. Prüfen Sie, ob Sie es öffnen dürfen, und legen Sie es noch einmal ab.',
    forUser: (name) => `für ${isolate(name)}`,
    forAppointment: (title) => `zu ${isolate(title)}`,
    privately: 'privat',
  },

  left: {
    title: 'Unvollendet',
    hint: 'Wählen Sie dieselbe Datei noch einmal, dann wird nur gesendet, was von ihr fehlt.',
    about: (size, until) => `${size}; der Speicher hebt es auf bis ${until}`,
    discard: 'Verwerfen',
  },

  manifest: {
    title: 'Dateien',
    ofAll: 'alles im Speicher',
    ofUser: (name) => `von ${isolate(name)}`,
    ofAppointment: (title) => `zu ${isolate(title)}`,
    loading: 'Die Dateien werden geladen …',
    empty: 'Noch ist nichts angekommen.',
    emptyHint: 'Legen Sie oben eine Datei ab, oder wählen Sie eine mit dem Knopf.',
    emptyHere: 'Unter diesen Papieren gibt es noch keine Dateien.',
    failed: 'Die Dateien ließen sich nicht auflisten.',
    again: 'Noch einmal',
    more: 'Mehr zeigen',
    loadingMore: 'Lädt …',
    underway: (count) => (count === 1 ? '1 Datei unterwegs' : `${count} Dateien unterwegs`),
    totalProgress: 'Alle Uploads',
  },

  find: {
    label: 'Dateien finden',
    search: 'Nach Namen suchen',
    verdict: 'Zustand',
    anyVerdict: 'Alle',
    verdicts: {
      clean: 'Sauber',
      infected: 'Infiziert',
      unscannable: 'Nicht prüfbar oder zurückgehalten',
      error: 'Prüfung gescheitert',
      disabled: 'Ungeprüft',
      pending: 'Wartet auf die Prüfung',
    },
    sort: 'Reihenfolge',
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
    nothing: 'Keine Datei ist so.',
    clear: 'Alle Dateien zeigen',
    goOn: 'Weiter suchen',
  },

  undo: {
    title: 'Eben gelöscht',
    deleted: 'gelöscht',
    undo: 'Rückgängig',
  },

  preview: {
    loading: 'Wird geholt …',
    more: 'Das ist nur der Anfang; laden Sie die Datei herunter, um den Rest zu sehen.',
    failed:
      'Diese Datei lässt sich hier nicht zeigen. Vielleicht ist sie beschädigt oder von anderer Art, als ihr Name sagt; laden Sie sie herunter.',
  },

  row: {
    private: 'privat',
    turned: (ending) =>
      `Dieser Name enthält Zeichen, die seine Buchstaben umdrehen. In Wahrheit endet er auf ${isolate(ending)}.`,
    uploading: (name) => `Upload von ${isolate(name)}`,
    bytesOf: (sent, size) => `${sent} von ${size}`,
    perSecond: (amount) => `${amount}/s`,
    left: (time) => `noch ${time}`,
    cancel: 'Abbrechen',
    pause: 'Anhalten',
    resume: 'Fortsetzen',
    retry: 'Noch einmal',
    sendAgain: 'Neu senden',
    dismiss: 'Entfernen',
    download: 'Herunterladen',
    preview: 'Zeigen',
    delete: 'Löschen',
    scanAgain: 'Neu prüfen',
    of: (action, name) => `${action}: ${isolate(name)}`,
    notDeleted: (why) => `Sie wurde nicht gelöscht. ${why}`,
    notReady: 'Für diese Datei gibt es gerade keinen Link. Ihr Zustand wurde neu erfragt.',
  },

  states: {
    waiting: 'Wartet',
    comparing: 'Vergleicht',
    uploading: 'Lädt hoch',
    offline: 'Keine Verbindung',
    paused: 'Angehalten',
    completing: 'Schließt ab',
    queued: 'Steht an',
    scanning: 'Wird geprüft',
    clean: 'Sauber',
    unscanned: 'Ungeprüft',
    infected: 'Infiziert',
    held: 'Zurückgehalten',
    replaced: 'Gesperrt',
    unscannable: 'Nicht prüfbar',
    'scan-failed': 'Prüfung gescheitert',
    failed: 'Upload gescheitert',
    cancelled: 'Abgebrochen',
  },

  notes: {
    different:
      'Ein unvollendeter Upload dieses Namens ist von einer anderen Datei. Diese beginnt neu; wählen Sie jene, um den anderen fortzusetzen.',
    infected: (found) =>
      `Schadsoftware gefunden${found ? `: ${isolate(found)}` : ''}. Die Datei ist weggeschlossen, niemand kann sie herunterladen. Löschen Sie sie, und prüfen Sie das Gerät, von dem sie kam.`,
    unread: {
      encrypted: 'Diese Datei ist verschlüsselt, darum konnte der Scanner nicht hineinsehen.',
      too_large: 'Diese Datei ist größer, als der Scanner liest.',
      limits_exceeded:
        'Diese Datei enthält mehr, als der Scanner auspackt, oder ist auf eine Art gepackt, die er nicht kennt.',
      other: 'Der Scanner konnte in diese Datei nicht hineinsehen.',
    },
    held: (unread) => `${unread} Sie wird zurückgehalten, niemand kann sie herunterladen.`,
    unscannable: (unread) =>
      `${unread} Sie wird trotzdem herausgegeben: öffnen Sie sie nur, wenn Sie ihrer Herkunft trauen.`,
    replaced:
      'Der Inhalt dieser Datei wurde nach dem Hochladen im Speicher ersetzt. Sie ist gesperrt, niemand kann sie herunterladen. Löschen Sie sie und laden Sie sie neu hoch.',
    'scan-failed':
      'Die Prüfung kam an kein Ende. Die Datei bleibt und lässt sich erst herunterladen, wenn sie geprüft ist.',
    offline: 'Kein Netz. Der Upload geht von selbst weiter, sobald es wieder da ist.',
    tooLate:
      'Die Datei war schon gespeichert, bevor sie abgebrochen werden konnte. Löschen Sie sie, wenn Sie sie nicht wollen.',
    resume: 'Was angekommen ist, bleibt: ein neuer Versuch sendet nur den Rest.',
    kept: (until) => `Der Speicher hebt es auf bis ${until}.`,
  },

  dialogs: {
    cancel: 'Abbrechen',
    keep: 'Behalten',
    close: 'Schließen',
    newUserTitle: 'Neue Person',
    userName: 'Name',
    newAppointmentTitle: 'Neuer Termin',
    appointmentTitle: 'Titel',
    create: 'Anlegen',
    required: 'Bitte erst etwas schreiben.',
    deleteUserTitle: 'Diese Person löschen?',
    deleteUser: (name) =>
      `${isolate(name)} geht, mit jedem Termin und jeder Datei. Das lässt sich nicht rückgängig machen.`,
    deleteAppointmentTitle: 'Diesen Termin löschen?',
    deleteAppointment: (title) =>
      `${isolate(title)} geht, mit jeder Datei. Das lässt sich nicht rückgängig machen.`,
    confirmDelete: 'Endgültig löschen',
    credentialTitle: 'Diese Datei ist privat',
    credential: (name) => `Nennen Sie die Zugangsdaten, mit denen ${isolate(name)} gesendet wurde.`,
    credentialGo: {
      download: 'Herunterladen',
      scanAgain: 'Neu prüfen',
      delete: 'Löschen',
      preview: 'Zeigen',
    },
    wrongCredential: 'Diese Zugangsdaten öffnen die Datei nicht. Prüfen Sie jeden Namen und Wert.',
  },

  announce: {
    added: (count) => (count === 1 ? '1 Datei hinzugefügt.' : `${count} Dateien hinzugefügt.`),
    stored: (name) => `${isolate(name)} ist angekommen und wartet auf die Prüfung.`,
    state: (name, state) => `${isolate(name)}: ${state}.`,
    failed: (name, why) => `${isolate(name)} wurde nicht hochgeladen. ${why}`,
    cancelled: (name) => `Upload von ${isolate(name)} abgebrochen.`,
    deleted: (name) => `${isolate(name)} gelöscht.`,
    undone: (name) => `${isolate(name)} ist wieder da.`,
    notDeleted: (name, why) => `${isolate(name)} wurde nicht gelöscht. ${why}`,
    created: (name) => `${isolate(name)} angelegt und gewählt.`,
  },

  errors: {
    api_unreachable:
      'Longshore ist nicht zu erreichen. Prüfen Sie die Verbindung und versuchen Sie es noch einmal.',
    transfer_failed:
      'Der Speicher nahm einen Teil der Datei nicht an, so oft er auch gesendet wurde. Prüfen Sie die Verbindung und versuchen Sie es noch einmal.',
    service_refuses_origin:
      'Longshore nimmt von dieser Seite nichts an. Bitten Sie den Betreiber, ihre Adresse in CORS_ORIGINS einzutragen.',
    storage_refuses_origin:
      'Der Speicher nimmt von dieser Seite keine Dateien an. Bitten Sie den Betreiber, ihre Adresse in die CORS-Regeln des Speichers einzutragen.',
    file_unreadable:
      'Die Datei lässt sich nicht mehr lesen: sie wurde seitdem geändert, verschoben oder gelöscht. Wählen Sie sie neu.',
    unknown: 'Auf dieser Seite ging etwas schief. Laden Sie sie neu und versuchen Sie es noch einmal.',
  },
};
