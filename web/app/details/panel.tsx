import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { ApiError, type FileRecord } from '../../client/index';
import { sharedMessages } from '../../shared/messages/index';
import { useStore } from '../../shared/state/store';
import { formatPercent } from '../../shared/text/format';
import { Button } from '../../shared/ui/button';
import { CrossIcon } from '../../shared/ui/icons';
import { getEngine } from '../api/file-details';
import { messages } from '../messages/index';
import { useAppContext } from '../page/app-context';
import { explain, isUnsettled } from '../file/file-state';
import type { OpenFile } from './open-details';
import { CredentialDialog } from '../credential/ask-credential';
import { FileActions } from '../file/file-actions';
import { StatusBadge } from '../file/status-badge';
import { LinkSection } from './links';
import { ReceiptSection } from './receipt';
import { BelongsToSection, DateSection, DecisionSection, FileSection, VerdictSection } from './sections';
import { texts } from './texts';
import { type LiveFile, useLiveFile } from './use-live-file';
import { useLoaded } from './use-loaded';

export interface DetailsPanelProps {
  open: OpenFile;
  /** The record in the list, if the list has the file. */
  listed: FileRecord | undefined;
  /** Called when the state of the file has changed. */
  onChanged: () => void;
  onClose: () => void;
}

/** All about one file, at the side of the page; on a phone it covers the page. The browser traps and restores the focus. */
export function DetailsPanel({ open, listed, onChanged, onClose }: DetailsPanelProps) {
  const { details, deletions } = useAppContext();
  useStore(deletions);
  const { file, credential } = open;
  const panel = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const live = useLiveFile(open, onChanged);
  const isDeleted = deletions.hides(file.id);
  const close = () => panel.current?.close();
  useLayoutEffect(() => panel.current?.showModal(), []);
  useEffect(() => {
    // a list without the password has less of a private file
    if (listed && !credential && listed.version >= file.version) details.update(listed);
  }, [listed]);
  useEffect(() => {
    if (isDeleted) close();
  }, [isDeleted]);
  const onClosed = () => {
    onClose();
    if (isDeleted) document.querySelector<HTMLElement>('.undo-bar li:last-child button')?.focus();
  };
  return (
    <dialog
      ref={panel}
      class="details-panel"
      aria-labelledby={titleId}
      onClose={onClosed}
      onClick={({ target }) => {
        if (target === panel.current) close(); // the page next to the panel
      }}
      data-testid="details-panel"
    >
      <div class="details-body">
        <div class="details-head">
          <h2 id={titleId} tabIndex={-1} data-testid="details-name">
            <bdi>{file.filename}</bdi>
          </h2>
          <Button kind="quiet" onClick={close} label={sharedMessages.dialogs.close} testId="details-close">
            <CrossIcon />
          </Button>
        </div>
        {live.isGone ? <Gone /> : <Body open={open} live={live} onChanged={onChanged} />}
      </div>
    </dialog>
  );
}

function Gone() {
  return (
    <div class="note" role="alert" data-testid="details-gone">
      <p>
        <strong>{texts.gone}</strong>
      </p>
      <p>{texts.goneHint}</p>
    </div>
  );
}

interface BodyProps {
  open: OpenFile;
  live: LiveFile;
  onChanged: () => void;
}

function Body({ open: { file, credential }, live, onChanged }: BodyProps) {
  const { http } = useAppContext();
  const { state, scanned } = live;
  const isLocked = file.is_private && !credential;
  const isJudged = !isUnsettled(state) && state !== 'scan-failed' && state !== 'replaced';
  const engine = useLoaded(
    () => getEngine(http, file.id, credential),
    isJudged && !isLocked ? `${file.virus_scan_date} ${file.virus_scan_status}` : null,
  );
  const note = explain(state, file);
  return (
    <>
      <div class="details-state" role="status">
        <StatusBadge state={state} />
        {scanned !== null && <span class="hint">{texts.scanned(formatPercent(scanned, 1))}</span>}
      </div>
      {note && <p class={`note note-${state}`}>{note}</p>}
      <div class="row-actions details-actions">
        <FileActions file={file} state={state} onChanged={onChanged} />
      </div>
      <RenameUndo file={file} />
      {isLocked && <Locked file={file} />}
      <VerdictSection file={file} state={state} engine={engine.value ?? null} />
      <DecisionSection file={file} />
      <FileSection file={file} />
      <BelongsToSection file={file} />
      <DateSection file={file} />
      {engine.problem === undefined && engine.value !== undefined && (
        <ReceiptSection file={file} credential={credential} />
      )}
      {hasLinks(file) && <LinkSection file={file} credential={credential} isLocked={isLocked} />}
      {engine.problem instanceof ApiError && engine.problem.status >= 500 && (
        <p class="problem">{engine.problem.message}</p>
      )}
    </>
  );
}

/** A file in quarantine has no links, unless an operator released it. */
const hasLinks = ({ is_quarantined, virus_scan_status }: FileRecord): boolean =>
  !is_quarantined || virus_scan_status === 'released';

/** Undoes the last rename, as long as the undo bar behind the panel would. */
function RenameUndo({ file }: { file: FileRecord }) {
  const { renames } = useAppContext();
  const rename = useStore(renames).find(({ id, to }) => id === file.id && to === file.filename);
  if (!rename) return null;
  return (
    <p class="details-undo">
      {texts.renamed(rename.from)}{' '}
      <Button onClick={() => void renames.undo(rename)} testId="details-undo">
        {messages.undo.undo}
      </Button>
    </p>
  );
}

/** What the password of a private file is needed for. */
function Locked({ file }: { file: FileRecord }) {
  const { files, details } = useAppContext();
  const [asking, setAsking] = useState(false);
  return (
    <div class="details-locked">
      <p>{texts.locked}</p>
      <Button onClick={() => setAsking(true)} testId="details-unlock">
        {texts.unlock}
      </Button>
      {asking && (
        <CredentialDialog
          action="details"
          file={file}
          onCredential={async (credential) => {
            await files.check(file.id, credential);
            details.unlock(credential);
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}
