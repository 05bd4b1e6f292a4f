import { useId, useRef, useState } from 'preact/hooks';
import type { Credential, LinkReply } from '../../client/index';
import { sharedMessages } from '../../shared/messages/index';
import { formatTime } from '../../shared/text/format';
import { Button } from '../../shared/ui/button';
import { CopyButton } from '../../shared/ui/copy-button';
import { createLink } from '../api/file-details';
import { useAppContext } from '../page/app-context';
import { describeActionError } from '../credential/action-errors';
import { texts } from './texts';

const { links: words } = texts;
/** Seconds; the service's default too. */
const WEEK = 604_800;

interface NewLinkProps {
  fileId: string;
  credential: Credential | undefined;
  onCreated: () => void;
}

/** Creates a link, and shows its URL once. */
export function NewLink({ fileId, credential, onCreated }: NewLinkProps) {
  const { http, announcer } = useAppContext();
  const [isOpen, setOpen] = useState(false);
  const [made, setMade] = useState<LinkReply | null>(null);
  const create = async (limits: Limits) => {
    setMade(
      await createLink(
        http,
        fileId,
        {
          expires_in: limits.expiresIn,
          disposition: limits.save ? 'attachment' : 'inline',
          ...(limits.maxDownloads !== '' && { max_downloads: Number(limits.maxDownloads) }),
          ...(limits.password !== '' && { password: limits.password }),
        },
        credential,
      ),
    );
    setOpen(false);
    announcer.announce(words.created);
    onCreated();
  };
  return (
    <>
      {made && <MadeLink link={made} />}
      {isOpen ? (
        <LimitsForm onSubmit={create} onCancel={() => setOpen(false)} />
      ) : (
        <div>
          <Button onClick={() => setOpen(true)} testId="new-link">
            {words.create}
          </Button>
        </div>
      )}
    </>
  );
}

function MadeLink({ link: { url, expires_at } }: { link: LinkReply }) {
  const field = useRef<HTMLInputElement>(null);
  return (
    <div class="new-link" data-testid="made-link">
      <p>
        <strong>{words.created}</strong>, {words.until(formatTime(expires_at))}. {words.once}
      </p>
      <span class="copyable">
        <input
          ref={field}
          readOnly
          value={url}
          aria-label={words.url}
          onFocus={() => field.current?.select()}
          data-testid="link-url"
        />
        <CopyButton text={url} label={words.url} shown={field} testId="copy-link" />
      </span>
    </div>
  );
}

/** The limits as the fields have them. */
interface Limits {
  expiresIn: number;
  maxDownloads: string;
  password: string;
  save: boolean;
}

interface LimitsFormProps {
  /** Throws the errors of the API. */
  onSubmit: (limits: Limits) => Promise<void>;
  onCancel: () => void;
}

function LimitsForm({ onSubmit, onCancel }: LimitsFormProps) {
  const id = useId();
  const [limits, setLimits] = useState<Limits>({
    expiresIn: WEEK,
    maxDownloads: '',
    password: '',
    save: false,
  });
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem('');
    await onSubmit(limits).catch((error: unknown) => {
      setProblem(describeActionError(error));
      setBusy(false);
    });
  };
  return (
    <form class="new-link" onSubmit={(event) => void submit(event)} noValidate data-testid="link-form">
      <div class="field">
        <label for={`${id}-for`}>{words.expiresIn}</label>
        <select
          id={`${id}-for`}
          value={String(limits.expiresIn)}
          onChange={({ currentTarget }) => setLimits({ ...limits, expiresIn: Number(currentTarget.value) })}
          data-testid="link-duration"
        >
          {Object.entries(words.durations).map(([seconds, text]) => (
            <option key={seconds} value={seconds}>
              {text}
            </option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for={`${id}-most`}>{words.maxDownloads}</label>
        <input
          id={`${id}-most`}
          type="number"
          min={1}
          inputMode="numeric"
          placeholder={words.anyNumber}
          value={limits.maxDownloads}
          onInput={({ currentTarget }) => setLimits({ ...limits, maxDownloads: currentTarget.value })}
          data-testid="link-downloads"
        />
      </div>
      <div class="field">
        <label for={`${id}-password`}>{words.password}</label>
        <input
          id={`${id}-password`}
          type="text"
          maxLength={255}
          autocomplete="off"
          spellcheck={false}
          aria-describedby={`${id}-hint`}
          value={limits.password}
          onInput={({ currentTarget }) => setLimits({ ...limits, password: currentTarget.value })}
          data-testid="link-password"
        />
        <p class="hint" id={`${id}-hint`}>
          {words.passwordHint}
        </p>
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={limits.save}
          onChange={({ currentTarget }) => setLimits({ ...limits, save: currentTarget.checked })}
          data-testid="link-save"
        />
        {words.save}
      </label>
      <p class="problem" role="alert" data-testid="link-problem">
        {problem}
      </p>
      <div class="dialog-actions">
        <Button onClick={onCancel}>{sharedMessages.dialogs.cancel}</Button>
        <Button type="submit" kind="primary" disabled={busy} testId="create-link">
          {words.create}
        </Button>
      </div>
    </form>
  );
}
