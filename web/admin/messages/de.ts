import { sharedDe } from '../../shared/messages/de';
import { isolate } from '../../shared/text/isolate';
import type { AdminMessages } from './en';

export const de: AdminMessages = {
  titleOf: (view) => `${view} – Longshore`,
  navigation: 'Ansichten',

  header: {
    name: 'Longshore',
    tagline: 'Für den Betrieb',
    skip: 'Zur Ansicht springen',
  },
  footer: {
    uploads: 'Upload-Seite',
    api: 'API-Referenz',
  },

  scopeMissing: {
    title: 'Diese Seite ist für den Betrieb',
    text: (subject) =>
      `${isolate(subject)} ist mit einem Schlüssel ohne den Scope „admin“ angemeldet. Melden Sie sich ab und mit einem Schlüssel an, der ihn hat; „longshore admin keys create“ legt einen an.`,
    toUploads: 'Zur Upload-Seite',
  },

  states: {
    loading: 'Wird geladen …',
    failed: 'Das konnte nicht geladen werden.',
    outdated: 'Das ist vielleicht nicht aktuell.',
    retry: 'Erneut versuchen',
    unreachableHint:
      'Die Seite ist vielleicht nicht aktuell. Sie versucht es weiter; bis dahin wird nichts entschieden.',
    unreachable: (names) =>
      `Nicht erreichbar: ${names}. Was davon abhängt, ist gerade unbekannt; es fehlt nicht.`,
    unknown: 'unbekannt',
    none: 'Keine',
  },
  dependencies: {
    redis: 'Redis',
    storage: 'Speicher',
    scanner: 'Scanner',
    database: 'Datenbank',
  },

  verdicts: { ...sharedDe.verdicts, scanning: 'Wird geprüft' },

  table: {
    more: 'Mehr anzeigen',
    choose: (name) => `${isolate(name)} auswählen`,
    chooseAll: 'Alle Zeilen auswählen',
  },

  filters: {
    label: 'Filter',
    clear: 'Filter zurücksetzen',
    more: 'Weitere Filter',
    any: 'Alle',
  },
};
