import { useRef, useState } from 'preact/hooks';
import { describeActionError } from '../credential/action-errors';
import { CredentialFields } from '../credential/credential-fields';
import { credentialFrom, emptyPassword } from '../credential/credential';
import { sameNameTexts as texts } from '../messages/same-name';
import type { Choice } from './additions';
import { useUploading } from '../uploads/use-uploading';
import { numbered } from './path-name';
import type { UploadEntry } from '../uploads/upload-entry';
import { formatBytes, formatTime } from '../../shared/text/format';
import { FormDialog } from '../../shared/ui/dialog';

export interface SameNameDialogProps {
  entry: UploadEntry;
  questions: readonly UploadEntry[];
  onClose: () => void;
}

/** Asks what to do with a file whose name is taken, then about the next one. */
export function SameNameDialog({ entry, questions, onClose }: SameNameDialogProps) {
  const { additions } = useUploading();
  const [choice, setChoice] = useState<Choice>('keep-both');
  const [forAll, setForAll] = useState(false);
  const [password, setPassword] = useState(emptyPassword);
  const choices = useRef<HTMLFieldSetElement>(null);
  const { name, pathName, sameName } = entry;
  const why = sameName && additions.notReplaceable(sameName);
  const options: [Choice, string][] = [
    ['keep-both', texts.keepBoth(numbered(name, 2))],
    ...(why === null ? [['replace', texts.replace] as [Choice, string]] : []),
    ['skip', texts.skip],
  ];
  const opensPrivate = choice === 'replace' && sameName?.file?.is_private === true;
  const decide = async () => {
    if (choice === 'replace')
      await additions.replace(forAll, opensPrivate ? credentialFrom(password) : undefined);
    else additions.decide(choice, forAll);
    setChoice('keep-both');
    setPassword(emptyPassword);
    // otherwise a screen reader stays on the button and does not read the next question
    choices.current?.querySelector('input')?.focus();
  };
  return (
    <FormDialog
      title={texts.title}
      submitLabel={texts.submit}
      cancelLabel={texts.later}
      closes={() => additions.questions().length === 0}
      testId="same-name-dialog"
      onSubmit={decide}
      onClose={onClose}
      describe={describeActionError}
    >
      <Comparison entry={entry} />
      <fieldset class="choices" ref={choices}>
        <legend>{pathName ? texts.existsIn(name, pathName) : texts.exists(name)}</legend>
        {options.map(([value, label]) => (
          <label key={value} class="choice">
            <input
              type="radio"
              name="same-name"
              value={value}
              checked={choice === value}
              onChange={() => setChoice(value)}
              data-testid={`choice-${value}`}
            />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      {opensPrivate && (
        <>
          <CredentialFields input={password} onChange={setPassword} />
          {!entry.isPrivate && <p class="hint">{texts.notPrivate}</p>}
        </>
      )}
      {why && <p class="hint">{texts.notReplaceable[why]}</p>}
      {questions.length > 1 && (
        <label class="choice">
          <input
            type="checkbox"
            checked={forAll}
            onChange={(event) => setForAll(event.currentTarget.checked)}
            data-testid="for-all"
          />
          <span>{texts.forAll(questions.length)}</span>
        </label>
      )}
    </FormDialog>
  );
}

/** Size and time of both files. */
function Comparison({ entry: { key, size, sameName } }: { entry: UploadEntry }) {
  const { queue } = useUploading();
  const stored = sameName?.file;
  const newTime = formatTime(new Date(queue.lastModified(key)).toISOString());
  return (
    <dl class="comparison">
      <dt>{texts.newFile}</dt>
      <dd>{texts.about(formatBytes(size), newTime)}</dd>
      {stored && (
        <>
          <dt>{texts.storedFile}</dt>
          <dd>{texts.about(formatBytes(stored.size), formatTime(stored.created_at))}</dd>
        </>
      )}
    </dl>
  );
}
