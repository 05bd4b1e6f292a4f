import type { ApiKey } from '../api/usage';
import { useServiceTime } from '../state/refresh';
import { formatCount } from '../text';
import { Properties, Time } from '../../shared/ui/properties';
import { texts } from './texts';

const { key: words } = texts;

/** The keys of a subject: how many, and on request all about them. */
export function Keys({ keys }: { keys: readonly ApiKey[] }) {
  const now = useServiceTime();
  if (keys.length === 0) return <span class="hint">{texts.noKeys}</span>;
  const ended = keys.filter((key) => endOf(key, now) !== null).length;
  const count = texts.keys(formatCount(keys.length), keys.length === 1);
  return (
    <details data-testid="keys">
      <summary>{ended === 0 ? count : `${count}, ${texts.revokedCount(formatCount(ended))}`}</summary>
      <ul class="plain-list keys">
        {keys.map((key) => (
          <li key={key.prefix} data-testid="key">
            <Key apiKey={key} end={endOf(key, now)} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Key({ apiKey: key, end }: { apiKey: ApiKey; end: string | null }) {
  return (
    <>
      <p>
        <strong>
          <bdi>{key.name}</bdi>
        </strong>{' '}
        <span class="code">{key.prefix}</span> {end !== null && <span class="tag">{end}</span>}
      </p>
      <Properties
        items={[
          [words.scopes, key.scopes.join(', ')],
          [words.created, <Time key="created" at={key.created_at} />],
          [words.used, key.last_used_at === null ? words.never : <Time key="used" at={key.last_used_at} />],
          [words.expires, key.expires_at && <Time key="expires" at={key.expires_at} />],
          [words.revoked, key.revoked_at && <Time key="revoked" at={key.revoked_at} />],
        ]}
      />
    </>
  );
}

/** Why a key is not valid any more, or null. */
function endOf({ revoked_at, expires_at }: ApiKey, now: number): string | null {
  if (revoked_at !== null) return words.isRevoked;
  return expires_at !== null && Date.parse(expires_at) <= now ? words.isExpired : null;
}
