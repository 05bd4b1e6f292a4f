import { translated } from '../../shared/messages/index';
import { isolate } from '../../shared/text/isolate';

export const texts = translated({
  en: {
    title: 'Decisions',
    hint: 'What operators decided about files, newest first.',
    empty: 'No decisions yet',
    emptyHint: 'Decide about files in the quarantine, or in the list of files.',
    columns: {
      action: 'Decision',
      state: 'State',
      files: 'Files',
      by: 'By',
      reason: 'Reason',
      at: 'Created',
    },
    detailTitle: (action: string) => `Decision: ${action}`,
    back: 'All decisions',
    notFound: 'There is no decision with this id.',

    actions: { rescan: 'Scan again', release: 'Release', block: 'Block', delete: 'Delete' },
    states: {
      waiting: 'Waiting for approval',
      running: 'Running',
      done: 'Done',
      cancelled: 'Cancelled',
      dry_run: 'Only counted',
    },

    files: (count: string, isExact: boolean, isOne: boolean) =>
      isOne ? '1 file' : `${isExact ? '' : 'at least '}${count} files`,
    chosen: (count: string, isOne: boolean) => (isOne ? '1 file selected' : `${count} files selected`),
    chooseHint: 'Select files to decide about them.',
    allFound: 'All files that the filter finds',
    chooseAllFound: 'Select all that the filter finds',
    clear: 'Clear selection',
    bar: 'Decide about the selected files',

    dialog: {
      rescan: 'Scan these files again?',
      release: 'Release these files?',
      block: 'Block these files?',
      delete: 'Delete these files?',
      one: {
        rescan: (name: string) => `Scan ${isolate(name)} again?`,
        release: (name: string) => `Release ${isolate(name)}?`,
        block: (name: string) => `Block ${isolate(name)}?`,
        delete: (name: string) => `Delete ${isolate(name)}?`,
      },
      about: {
        rescan: 'A clean file can be downloaded meanwhile, any other file after the scan.',
        release:
          'Everyone with access to a released file can download it, despite its verdict. It is shown as released, with your name and reason.',
        block: "A blocked file moves into quarantine and can't be downloaded.",
        delete: "A deleted file can't be restored. Files under a legal hold stay.",
      },
      counting: 'Counting the files …',
      counted: (files: string) => `The filter finds ${files}.`,
      nothing: 'The filter finds no files.',
      notCounted: (why: string) => `Couldn't count the files. ${why}`,
      reason: 'Reason',
      optionalReason: 'Reason (optional)',
      reasonHint: 'For the audit log and for everyone who can see the file.',
      reasonMissing: 'Enter a reason: it is required to release and to block.',
    },

    progress: {
      label: 'Progress of the decision',
      heading: (action: string, files: string) => `${action}: ${files}`,
      done: (done: string) => `${done} decided`,
      skipped: (skipped: string) => `${skipped} skipped`,
      failed: (failed: string) => `${failed} failed`,
      problem: (what: string) => `It waits: ${what}`,
      reasons: 'Skipped and failed files',
      waiting: 'It waits until another operator approves it.',
      open: 'Show the decision',
      cancel: 'Cancel the decision',
      approve: 'Approve',
      dismiss: 'Close',
      announced: (action: string, done: string, others: string) =>
        `${action}: ${done} decided${others && `, ${others}`}.`,
    },

    cancelTitle: 'Cancel this decision?',
    cancelText: 'It decides about no further file. What it has done stays.',
    approveTitle: 'Approve this decision?',
    approveText: (by: string, reason: string) => `${isolate(by)} gives this reason: ${isolate(reason)}`,

    fields: {
      by: 'Created by',
      at: 'Created',
      approved: 'Approved by',
      ended: 'Ended',
      reason: 'Reason',
      filter: 'Filter',
      files: 'Files',
    },
  },
  de: {
    title: 'Entscheidungen',
    hint: 'Was über Dateien entschieden wurde, das Neueste zuerst.',
    empty: 'Noch keine Entscheidungen',
    emptyHint: 'Entscheiden Sie in der Quarantäne oder in der Liste der Dateien.',
    columns: {
      action: 'Entscheidung',
      state: 'Stand',
      files: 'Dateien',
      by: 'Von',
      reason: 'Grund',
      at: 'Angelegt',
    },
    detailTitle: (action) => `Entscheidung: ${action}`,
    back: 'Alle Entscheidungen',
    notFound: 'Es gibt keine Entscheidung mit dieser Id.',

    actions: { rescan: 'Erneut prüfen', release: 'Freigeben', block: 'Sperren', delete: 'Löschen' },
    states: {
      waiting: 'Wartet auf Zustimmung',
      running: 'Läuft',
      done: 'Fertig',
      cancelled: 'Abgebrochen',
      dry_run: 'Nur gezählt',
    },

    files: (count, isExact, isOne) => (isOne ? '1 Datei' : `${isExact ? '' : 'mindestens '}${count} Dateien`),
    chosen: (count, isOne) => (isOne ? '1 Datei ausgewählt' : `${count} Dateien ausgewählt`),
    chooseHint: 'Wählen Sie Dateien aus, um über sie zu entscheiden.',
    allFound: 'Alle Dateien, die der Filter findet',
    chooseAllFound: 'Alle auswählen, die der Filter findet',
    clear: 'Auswahl aufheben',
    bar: 'Über die ausgewählten Dateien entscheiden',

    dialog: {
      rescan: 'Diese Dateien erneut prüfen?',
      release: 'Diese Dateien freigeben?',
      block: 'Diese Dateien sperren?',
      delete: 'Diese Dateien löschen?',
      one: {
        rescan: (name) => `${isolate(name)} erneut prüfen?`,
        release: (name) => `${isolate(name)} freigeben?`,
        block: (name) => `${isolate(name)} sperren?`,
        delete: (name) => `${isolate(name)} löschen?`,
      },
      about: {
        rescan: 'Eine saubere Datei kann währenddessen heruntergeladen werden, jede andere erst danach.',
        release:
          'Alle mit Zugriff können eine freigegebene Datei trotz ihres Befunds herunterladen. Sie ist als freigegeben gekennzeichnet, mit Ihrem Namen und Grund.',
        block: 'Eine gesperrte Datei kommt in Quarantäne und kann nicht heruntergeladen werden.',
        delete:
          'Eine gelöschte Datei lässt sich nicht wiederherstellen. Dateien mit Aufbewahrungspflicht bleiben.',
      },
      counting: 'Dateien werden gezählt …',
      counted: (files) => `Der Filter findet ${files}.`,
      nothing: 'Der Filter findet keine Dateien.',
      notCounted: (why) => `Die Dateien konnten nicht gezählt werden. ${why}`,
      reason: 'Grund',
      optionalReason: 'Grund (optional)',
      reasonHint: 'Für das Audit-Log und alle, die die Datei sehen können.',
      reasonMissing: 'Geben Sie einen Grund an: Er ist zum Freigeben und Sperren erforderlich.',
    },

    progress: {
      label: 'Fortschritt der Entscheidung',
      heading: (action, files) => `${action}: ${files}`,
      done: (done) => `${done} entschieden`,
      skipped: (skipped) => `${skipped} übersprungen`,
      failed: (failed) => `${failed} fehlgeschlagen`,
      problem: (what) => `Sie wartet: ${what}`,
      reasons: 'Übersprungene und fehlgeschlagene Dateien',
      waiting: 'Sie wartet auf die Zustimmung einer zweiten Person.',
      open: 'Entscheidung ansehen',
      cancel: 'Entscheidung abbrechen',
      approve: 'Zustimmen',
      dismiss: 'Schließen',
      announced: (action, done, others) => `${action}: ${done} entschieden${others && `, ${others}`}.`,
    },

    cancelTitle: 'Diese Entscheidung abbrechen?',
    cancelText: 'Über weitere Dateien wird nicht entschieden. Was geschehen ist, bleibt.',
    approveTitle: 'Dieser Entscheidung zustimmen?',
    approveText: (by, reason) => `${isolate(by)} nennt diesen Grund: ${isolate(reason)}`,

    fields: {
      by: 'Angelegt von',
      at: 'Angelegt',
      approved: 'Zugestimmt hat',
      ended: 'Beendet',
      reason: 'Grund',
      filter: 'Filter',
      files: 'Dateien',
    },
  },
});
