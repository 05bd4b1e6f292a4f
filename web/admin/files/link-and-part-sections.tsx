import type { LinkRecord } from '../../client/index';
import { formatBytes } from '../../shared/text/format';
import type { StoredPart } from '../api/files';
import { formatCount } from '../text';
import { Time } from '../../shared/ui/properties';
import { Section } from '../../shared/ui/section';
import { texts } from './texts';

/** Parts that are shown; a file has up to 10,000. */
const SHOWN_PARTS = 100;

/** The links to the file. Their URLs are shown only once, to those who create them. */
export function LinkSection({ links }: { links: readonly LinkRecord[] }) {
  const { linkColumns: titles } = texts;
  return (
    <Section title={texts.sections.links}>
      {links.length === 0 ? (
        <p>{texts.noLinks}</p>
      ) : (
        <table class="small-table">
          <thead>
            <tr>
              <th scope="col">{titles.state}</th>
              <th scope="col">{titles.by}</th>
              <th scope="col">{titles.used}</th>
              <th scope="col">{titles.expires}</th>
            </tr>
          </thead>
          <tbody>
            {links.map((link) => (
              <tr key={link.link_id}>
                <td>{texts.linkStates[link.state]}</td>
                <td>
                  <bdi>{link.created_by ?? '–'}</bdi>
                </td>
                <td>
                  {formatCount(link.downloads)}
                  {link.max_downloads !== null && ` / ${formatCount(link.max_downloads)}`}
                </td>
                <td>
                  <Time at={link.expires_at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

/** The parts that the file was completed from. */
export function PartSection({ parts }: { parts: readonly StoredPart[] | null }) {
  const { partColumns: titles } = texts;
  if (parts === null || parts.length === 0) {
    return (
      <Section title={texts.sections.parts}>
        <p>{texts.noParts}</p>
      </Section>
    );
  }
  return (
    <Section title={texts.sections.parts}>
      <details>
        <summary>{texts.partsOf(formatCount(parts.length), parts.length === 1)}</summary>
        <table class="small-table">
          <thead>
            <tr>
              <th scope="col">{titles.number}</th>
              <th scope="col">{titles.size}</th>
              <th scope="col">{titles.etag}</th>
              <th scope="col">{titles.checksum}</th>
            </tr>
          </thead>
          <tbody>
            {parts.slice(0, SHOWN_PARTS).map((part) => (
              <tr key={part.part_number}>
                <td>{part.part_number}</td>
                <td>{formatBytes(part.size)}</td>
                <td class="code">{part.etag}</td>
                <td class="code">{part.checksum ?? '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {parts.length > SHOWN_PARTS && <p>…</p>}
      </details>
    </Section>
  );
}
