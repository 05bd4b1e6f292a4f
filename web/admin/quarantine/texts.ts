import { translated } from '../../shared/messages/index';
import { isolate } from '../../shared/text/isolate';

export const texts = translated({
  en: {
    title: 'Quarantine',
    hint: 'Decide about one file after the other.',
    tabs: {
      infected: 'Infected',
      unscannable: "Couldn't be scanned",
      error: 'Scan failed',
      blocked: 'Blocked',
    },
    tabsLabel: 'Verdict',
    empty: 'Nothing to decide here',
    current: 'Current file',
    list: 'Files in line',
    position: (at: string, of: string) => `${at} of ${of}`,
    previous: 'Previous file',
    next: 'Next file',
    open: 'All about this file',
    keys: 'Keys while the focus is here: N next, P previous, and the key on each button. Ctrl+Enter confirms a reason.',
    decided: (name: string, action: string) => `${action}: ${isolate(name)}`,
    gone: 'This file is no longer in this list: it was deleted, or another operator decided about it.',
  },
  de: {
    title: 'Quarantäne',
    hint: 'Entscheiden Sie über eine Datei nach der anderen.',
    tabs: {
      infected: 'Infiziert',
      unscannable: 'Nicht prüfbar',
      error: 'Prüfung fehlgeschlagen',
      blocked: 'Gesperrt',
    },
    tabsLabel: 'Befund',
    empty: 'Hier ist nichts zu entscheiden',
    current: 'Aktuelle Datei',
    list: 'Dateien der Reihe nach',
    position: (at, of) => `${at} von ${of}`,
    previous: 'Vorige Datei',
    next: 'Nächste Datei',
    open: 'Alles über diese Datei',
    keys: 'Tasten, solange der Fokus hier ist: N nächste, P vorige, und die Taste auf jedem Knopf. Strg+Enter bestätigt einen Grund.',
    decided: (name, action) => `${action}: ${isolate(name)}`,
    gone: 'Diese Datei ist nicht mehr in dieser Liste: Sie wurde gelöscht, oder jemand anderes hat entschieden.',
  },
});
