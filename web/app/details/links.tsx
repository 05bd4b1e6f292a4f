import { useCallback, useState } from 'preact/hooks';
import type { Credential, FileRecord, LinkRecord } from '../../client/index';
import { type LoadPage, usePagedList } from '../../shared/state/paged-list';
import { formatTime } from '../../shared/text/format';
import { Button } from '../../shared/ui/button';
import { Section } from '../../shared/ui/section';
import { listLinks, revokeLink } from '../api/file-details';
import { messages } from '../messages/index';
import { useAppContext } from '../page/app-context';
import { describeActionError } from '../credential/action-errors';
import { NewLink } from './new-link';
import { texts } from './texts';

const { links: words } = texts;

interface LinkSectionProps {
  file: FileRecord;
  credential: Credential | undefined;
  /** Whether a link cannot be created without the password. */
  isLocked: boolean;
}

/** The links to a file: lists, creates and revokes them. */
export function LinkSection({ file: { id }, credential, isLocked }: LinkSectionProps) {
  const { http, health } = useAppContext();
  const load = useCallback<LoadPage<LinkRecord>>((page) => listLinks(http, id, page), [id]);
  const list = usePagedList(
    load,
    useCallback(() => void health.check(), [health]),
  );
  const reload = () => void list.reload();
  return (
    <Section title={texts.sections.links}>
      <p class="hint">{words.text}</p>
      {!isLocked && <NewLink fileId={id} credential={credential} onCreated={reload} />}
      {list.status === 'failed' && (
        <p class="problem" role="alert">
          {words.failed}{' '}
          <Button kind="quiet" onClick={reload}>
            {messages.fileList.retry}
          </Button>
        </p>
      )}
      {list.status === 'ready' && list.items.length === 0 && (
        <p class="hint" data-testid="no-links">
          {words.none}
        </p>
      )}
      <ul class="links" role="list" data-testid="links">
        {list.items.map((link) => (
          <Link key={link.link_id} fileId={id} link={link} onRevoked={reload} />
        ))}
      </ul>
      {list.cursor !== null && <Button onClick={() => void list.more()}>{words.more}</Button>}
    </Section>
  );
}

function Link({ fileId, link, onRevoked }: { fileId: string; link: LinkRecord; onRevoked: () => void }) {
  const { http, announcer } = useAppContext();
  const [problem, setProblem] = useState('');
  const created = formatTime(link.created_at);
  const revoke = async () => {
    setProblem('');
    try {
      await revokeLink(http, fileId, link.link_id);
      announcer.announce(words.revoked);
      onRevoked();
    } catch (error) {
      setProblem(describeActionError(error));
    }
  };
  const facts = [
    words.downloads(link.downloads, link.max_downloads),
    link.has_password && words.hasPassword,
    words.createdAt(created),
    link.state === 'active' && words.until(formatTime(link.expires_at)),
  ].filter((fact) => typeof fact === 'string');
  return (
    <li data-testid="link" data-state={link.state}>
      <div>
        <strong>{words.states[link.state]}</strong>
        <p class="hint">{facts.join(' · ')}</p>
        <p class="problem" role="alert">
          {problem}
        </p>
      </div>
      {link.state === 'active' && (
        <Button onClick={() => void revoke()} label={words.revokeLink(created)} testId="revoke-link">
          {words.revoke}
        </Button>
      )}
    </li>
  );
}
