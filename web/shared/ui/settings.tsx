import { useId, useState } from 'preact/hooks';
import { sharedMessages as messages } from '../messages/index';
import {
  chooseLanguage,
  chosenLanguage,
  type Language,
  LANGUAGES,
  type Theme,
  ThemeChoice,
  THEMES,
} from '../state/settings';
import { useStore } from '../state/store';
import { Button } from './button';

const theme = new ThemeChoice();

interface SettingsProps {
  /** Whether a reload would interrupt something; the user then chooses when. */
  isBusy?: () => boolean;
  reload?: () => void;
}

/** Theme and language of the pages. */
export function Settings({ isBusy = () => false, reload = () => location.reload() }: SettingsProps) {
  const [isLater, setLater] = useState(false);
  const { settings } = messages;
  const setLanguage = (language: Language) => {
    chooseLanguage(language);
    if (isBusy()) setLater(true);
    else reload();
  };
  return (
    <div class="settings">
      <Choice
        label={settings.theme}
        choices={THEMES}
        texts={settings.themes}
        value={useStore(theme)}
        onChoose={(chosen: Theme) => theme.choose(chosen)}
        testId="theme-select"
      />
      <Choice
        label={settings.language}
        choices={LANGUAGES}
        texts={settings.languages}
        value={chosenLanguage()}
        onChoose={setLanguage}
        testId="language-select"
      />
      <p class="settings-later" role="status" data-testid="settings-later">
        {isLater && (
          <>
            {settings.later}{' '}
            <Button kind="quiet" onClick={reload}>
              {settings.reload}
            </Button>
          </>
        )}
      </p>
    </div>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  choices: readonly T[];
  texts: Record<T, string>;
  value: T;
  onChoose: (choice: T) => void;
  testId: string;
}

function Choice<T extends string>({ label, choices, texts, value, onChoose, testId }: ChoiceProps<T>) {
  const id = useId();
  return (
    <span class="setting">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        onChange={({ currentTarget }) => {
          const chosen = choices.find((choice) => choice === currentTarget.value);
          if (chosen) onChoose(chosen);
        }}
        data-testid={testId}
      >
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {texts[choice]}
          </option>
        ))}
      </select>
    </span>
  );
}
