import { useEffect, useId, useState } from 'preact/hooks';
import { ApiError, type Credential, type FileRecord } from '../../client/index';
import { describeError } from '../../shared/text/describe';
import { FormDialog } from '../../shared/ui/dialog';
import { messages } from '../messages/index';
import { useAppContext } from '../page/app-context';
import { type BulkFailure, type BulkPlan, needsDialog } from './bulk';
import { BulkActions, BulkError } from './bulk-actions';
import { emptyPassword, isEmpty, readCredential } from '../credential/credential';
import { stateOfFile } from '../file/file-state';
import { describeActionError } from '../credential/action-errors';
import { CredentialFields } from '../credential/credential-fields';
import { FolderField } from '../folders/folder-field';

/** Names that a dialog lists. */
const SHOWN_NAMES = 8;
const DAY = 86_400;
/** How long a link can last. Days. */
const LIFETIMES = [1, 7, 30, 365];

export interface BulkRunProps {
  plan: BulkPlan;
  /** The folder that is shown, '' for none. */
  folder: string;
  /** Called with the number of files of the action, and the failures among them. */
  onDone: (count: number, failures: readonly BulkFailure[]) => void;
  onClose: () => void;
}

/** Runs an action on several files, after a dialog where it needs one. */
export function BulkRun(props: BulkRunProps) {
  return needsDialog(props.plan) ? <BulkDialog {...props} /> : <WithoutDialog {...props} />;
}

function WithoutDialog({ plan: { action, files }, folder, onDone, onClose }: BulkRunProps) {
  const actions = new BulkActions(useAppContext());
  const run = async (): Promise<readonly BulkFailure[]> => {
    if (action === 'scanAgain') return actions.scanAgain(files);
    if (action === 'delete') actions.delete(files);
    if (action === 'zip') await actions.zip(files, folder, messages.zip.defaultName);
    return [];
  };
  useEffect(() => {
    void run()
      .then((failures) => onDone(files.length, failures))
      .finally(onClose);
  }, []);
  return null;
}

/** Asks what an action on several files needs: a folder, a lifetime, the password of private files; names what is left out. */
function BulkDialog({ plan, folder, onDone, onClose }: BulkRunProps) {
  const actions = new BulkActions(useAppContext());
  const { action } = plan;
  const { selection: texts } = messages;
  const [input, setInput] = useState(emptyPassword);
  const [target, setTarget] = useState(folder);
  const [days, setDays] = useState(7);
  const [links, setLinks] = useState<readonly string[] | null>(null);
  const privates = plan.files.filter(({ is_private }) => is_private);

  const submit = async () => {
    const credential = isEmpty(input) ? undefined : readCredential(input);
    if (typeof credential === 'string') throw new PromptError(messages.privateFiles[credential]);
    const files = credential ? plan.files : plan.files.filter(({ is_private }) => !is_private);
    if (files.length === 0) throw new PromptError(texts.nothingLeft);
    if (credential) await actions.check(files, credential);
    const failures = await run(files, credential);
    onDone(files.length, failures);
  };
  const run = async (
    files: readonly FileRecord[],
    credential?: Credential,
  ): Promise<readonly BulkFailure[]> => {
    switch (action) {
      case 'zip':
        await actions.zip(files, folder, messages.zip.defaultName, credential);
        return [];
      case 'delete':
        actions.delete(files, credential);
        return [];
      case 'scanAgain':
        return actions.scanAgain(files, credential);
      case 'move':
        return actions.move(files, trimmed(target), credential).then(unlessRefused);
      case 'links': {
        const { urls, failures } = await actions.createLinks(files, days * DAY, credential);
        setLinks(urls.filter((url) => url !== undefined));
        return failures;
      }
    }
  };
  if (links) return <LinksDialog links={links} onClose={onClose} />;
  return (
    <FormDialog
      title={texts.titles[action](plan.files.length)}
      submitLabel={texts.actions[action]}
      danger={action === 'delete'}
      testId="bulk-dialog"
      onSubmit={submit}
      onClose={onClose}
      closes={action !== 'links'}
      describe={describeBulkError}
    >
      {action === 'move' && <FolderField value={target} onChange={setTarget} />}
      {action === 'links' && <LifetimeField days={days} onChange={setDays} />}
      <LeftOut files={plan.leftOut} />
      {privates.length > 0 && (
        <>
          <p>{texts.private(privates.length, plan.files.length)}</p>
          <CredentialFields input={input} onChange={setInput} />
        </>
      )}
    </FormDialog>
  );
}

/** Names the files that the action leaves out, with their status. */
function LeftOut({ files }: { files: readonly FileRecord[] }) {
  if (files.length === 0) return null;
  const { selection: texts, status } = messages;
  return (
    <div data-testid="left-out">
      <p>{texts.leftOut(files.length)}</p>
      <ul class="name-list">
        {files.slice(0, SHOWN_NAMES).map((file) => (
          <li key={file.id}>
            <bdi>{file.filename}</bdi> <span class="hint">{status[stateOfFile(file)]}</span>
          </li>
        ))}
        {files.length > SHOWN_NAMES && <li>{texts.andMore(files.length - SHOWN_NAMES)}</li>}
      </ul>
    </div>
  );
}

function LifetimeField({ days, onChange }: { days: number; onChange: (days: number) => void }) {
  const id = useId();
  const { selection: texts } = messages;
  return (
    <>
      <p>{texts.linksHint}</p>
      <div class="field">
        <label for={id}>{texts.lifetime}</label>
        <select
          id={id}
          value={days}
          onChange={(event) => onChange(Number(event.currentTarget.value))}
          data-testid="lifetime"
        >
          {LIFETIMES.map((each) => (
            <option key={each} value={each}>
              {texts.days(each)}
            </option>
          ))}
        </select>
      </div>
    </>
  );
}

/** Shows new links: browsers copy a text only at a click, and a page without HTTPS not at all. */
function LinksDialog({ links, onClose }: { links: readonly string[]; onClose: () => void }) {
  const { selection: texts } = messages;
  const text = links.join('\n');
  const [isCopied, setIsCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setIsCopied(true);
  };
  return (
    <FormDialog
      title={texts.linksTitle(links.length)}
      submitLabel={isCopied ? texts.copied : texts.copy}
      testId="links-dialog"
      onSubmit={copy}
      onClose={() => {
        onClose();
        // the button that opened the dialog before this one lost the focus
        document.getElementById('files-title')?.focus({ preventScroll: true });
      }}
      closes={false}
      describe={() => texts.notCopied}
      cancelLabel={messages.dialogs.close}
    >
      <p>{texts.linksOnce}</p>
      <textarea
        class="links"
        readOnly
        rows={Math.min(8, links.length + 1)}
        aria-label={texts.linksTitle(links.length)}
        onFocus={(event) => event.currentTarget.select()}
        data-testid="links"
      >
        {text}
      </textarea>
    </FormDialog>
  );
}

class PromptError extends Error {}

function describeBulkError(error: unknown): string {
  if (error instanceof PromptError) return error.message;
  if (error instanceof BulkError)
    return messages.selection.reason(error.file.filename, describeActionError(error.cause));
  return describeError(error);
}

/** Without slashes at the ends, and without spaces around its names. */
const trimmed = (folder: string): string =>
  folder
    .split('/')
    .map((segment) => segment.trim())
    .join('/')
    .replace(/^\/+|\/+$/g, '');

/** Throws where the service refuses the folder: the dialog then asks for another one. */
function unlessRefused(failures: readonly BulkFailure[]): readonly BulkFailure[] {
  const refused = failures.find(({ error }) => error instanceof ApiError && error.status === 422);
  if (refused) throw refused.error;
  return failures;
}
