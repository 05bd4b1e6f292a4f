import { Store } from './store';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
/** `browser`: the first of the browser's languages that the pages support. */
export const LANGUAGES = ['browser', 'en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Keys in localStorage; shared/early.js reads the first one. */
const THEME = 'longshore.theme';
const LANGUAGE = 'longshore.language';

/** Returns the stored choice; the first one without storage, or for any other value. */
function read<T extends string>(name: string, choices: readonly [T, ...T[]]): T {
  try {
    const stored = localStorage.getItem(name);
    return choices.find((choice) => choice === stored) ?? choices[0];
  } catch {
    return choices[0]; // the browser blocks storage
  }
}

/** Remembers a choice; one that is not remembered still applies to this page. */
function remember(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // the browser blocks storage
  }
}

/** The colours of the pages, in all tabs of this browser. */
export class ThemeChoice extends Store<Theme> {
  constructor() {
    super(read(THEME, THEMES));
    addEventListener('storage', ({ key }) => {
      if (key === THEME) this.apply(read(THEME, THEMES));
    });
  }

  choose(theme: Theme): void {
    remember(THEME, theme);
    this.apply(theme);
  }

  private apply(theme: Theme): void {
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    this.set(theme);
  }
}

export const chosenLanguage = (): Language => read(LANGUAGE, LANGUAGES);

/** Takes effect when the page is loaded again. */
export const chooseLanguage = (language: Language): void => remember(LANGUAGE, language);

/** Returns the languages in the user's order, the chosen one first. */
export function preferredLanguages(): readonly string[] {
  const chosen = chosenLanguage();
  return chosen === 'browser' ? navigator.languages : [chosen, ...navigator.languages];
}
