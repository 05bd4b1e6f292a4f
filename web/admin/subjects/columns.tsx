import type { Subject } from '../api/usage';
import { addressOf } from '../state/route';
import type { Column } from '../ui/table';
import { Keys } from './keys';
import { texts } from './texts';
import { Used } from './used';

const { columns: titles } = texts;

export const COLUMNS: readonly Column<Subject>[] = [
  { key: 'subject', title: titles.subject, isHead: true, render: ({ subject }) => <bdi>{subject}</bdi> },
  { key: 'used', title: titles.used, render: (subject) => <Used subject={subject} /> },
  { key: 'keys', title: titles.keys, render: ({ keys }) => <Keys keys={keys} /> },
  {
    key: 'files',
    title: titles.files,
    render: ({ subject }) => (
      <span class="links">
        <a
          href={addressOf('files', undefined, { owner: subject })}
          aria-label={texts.filesOf(subject)}
          data-testid="to-files-of"
        >
          {texts.files}
        </a>
        <a href={addressOf('audit', undefined, { actor: subject })} aria-label={texts.auditOf(subject)}>
          {texts.audit}
        </a>
      </span>
    ),
  },
];
