import { translated } from '../../shared/messages/index';
import { isolate } from '../../shared/text/isolate';

/** The texts of the dialog, which is loaded when it is first opened. */
export const sameNameEn = {
  title: 'This name exists already',
  exists: (name: string) => `There is a file ${isolate(name)} already.`,
  existsIn: (name: string, folder: string) =>
    `There is a file ${isolate(name)} in ${isolate(folder)} already.`,
  newFile: 'New file',
  storedFile: 'Stored file',
  about: (size: string, time: string) => `${size}, ${time}`,
  keepBoth: (name: string) => `Keep both: the new one gets a number, such as ${isolate(name)}`,
  replace: 'Replace: the stored file is deleted once the new one is clean',
  skip: "Skip: don't upload the new one",
  notPrivate: 'The stored file is private. The new one will not be.',
  forAll: (count: number) => `Do this for all ${count} files`,
  submit: 'Continue',
  later: 'Decide later',
  notReplaceable: {
    uploading: "It can't be replaced, because it is still being uploaded.",
    hold: "It can't be replaced, because it is on legal hold.",
    scope: "It can't be replaced, because your key can't delete files.",
  },
};

export const sameNameDe: typeof sameNameEn = {
  title: 'Diesen Namen gibt es schon',
  exists: (name) => `Es gibt schon eine Datei ${isolate(name)}.`,
  existsIn: (name, folder) => `In ${isolate(folder)} gibt es schon eine Datei ${isolate(name)}.`,
  newFile: 'Neue Datei',
  storedFile: 'Gespeicherte Datei',
  about: (size, time) => `${size}, ${time}`,
  keepBoth: (name) => `Beide behalten: Die neue bekommt eine Nummer, etwa ${isolate(name)}`,
  replace: 'Ersetzen: Die gespeicherte Datei wird gelöscht, sobald die neue sauber ist',
  skip: 'Überspringen: Die neue wird nicht hochgeladen',
  notPrivate: 'Die gespeicherte Datei ist privat. Die neue wird es nicht sein.',
  forAll: (count) => `Für alle ${count} Dateien so entscheiden`,
  submit: 'Weiter',
  later: 'Später entscheiden',
  notReplaceable: {
    uploading: 'Sie kann nicht ersetzt werden, weil sie noch hochgeladen wird.',
    hold: 'Sie kann nicht ersetzt werden, weil sie rechtlich aufbewahrt wird.',
    scope: 'Sie kann nicht ersetzt werden, weil Ihr Schlüssel keine Dateien löschen darf.',
  },
};

export const sameNameTexts = translated({ en: sameNameEn, de: sameNameDe });
