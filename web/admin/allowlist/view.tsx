import { useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { PlusIcon } from '../../shared/ui/icons';
import { addEntry, type AllowlistEntry, listEntries, type NewEntry } from '../api/allowlist';
import { useAdminContext } from '../state/admin-context';
import { useList } from '../state/list';
import { Time } from '../../shared/ui/properties';
import { type Column, Table } from '../ui/table';
import { ViewHead } from '../ui/view-head';
import type { View } from '../views';
import { AddDialog } from './add-dialog';
import { EntryButtons } from './entry-buttons';
import { EntryBadge } from './state-badge';
import { texts } from './texts';

export const allowlistView: View = { path: 'allowlist', title: texts.title, Component: Allowlist };

function columns(onChanged: () => void): readonly Column<AllowlistEntry>[] {
  const { columns: titles } = texts;
  return [
    {
      key: 'value',
      title: titles.value,
      isHead: true,
      render: ({ kind, value }) => (
        <>
          <bdi class="code">{value}</bdi>
          <p class="hint">{texts.kinds[kind]}</p>
        </>
      ),
    },
    { key: 'state', title: titles.state, render: ({ state }) => <EntryBadge state={state} /> },
    { key: 'reason', title: titles.reason, render: ({ reason }) => <bdi>{reason}</bdi> },
    {
      key: 'by',
      title: titles.by,
      render: ({ created_by, approved_by }) => (
        <bdi>{[created_by, approved_by].filter((name) => name !== null).join(', ')}</bdi>
      ),
    },
    {
      key: 'ends',
      title: titles.ends,
      render: ({ ends_at, removed_at }) =>
        removed_at === null && ends_at === null ? texts.never : <Time at={removed_at ?? ends_at} />,
    },
    {
      key: 'actions',
      title: titles.actions,
      render: (entry) => <EntryButtons entry={entry} onChanged={onChanged} />,
    },
  ];
}

/** Signatures and files that are served although the scanner finds something. */
function Allowlist() {
  const { http, announcer } = useAdminContext();
  const list = useList(listEntries, []);
  const [isAdding, setAdding] = useState(false);
  const add = async (entry: NewEntry) => {
    await addEntry(http, entry);
    announcer.announce(texts.added(entry.value));
    void list.reload();
  };
  return (
    <>
      <ViewHead title={texts.title} hint={texts.hint}>
        <Button kind="primary" onClick={() => setAdding(true)} testId="add-entry">
          <PlusIcon /> {texts.add}
        </Button>
      </ViewHead>
      <Table
        label={texts.title}
        list={list}
        idOf={({ entry_id }) => entry_id}
        nameOf={({ value }) => value}
        columns={columns(() => void list.reload())}
        empty={texts.empty}
        emptyHint={texts.emptyHint}
        testId="allowlist"
      />
      {isAdding && <AddDialog onAdd={add} onClose={() => setAdding(false)} />}
    </>
  );
}
