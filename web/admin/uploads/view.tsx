import { useState } from 'preact/hooks';
import { formatBytes } from '../../shared/text/format';
import { Button } from '../../shared/ui/button';
import { type AdminUpload, endUpload, listUploads, OPEN_STATES } from '../api/uploads';
import { messages } from '../messages/index';
import { useAdminContext } from '../state/admin-context';
import { useList, useRepeated } from '../state/list';
import { useFilters } from '../state/route';
import { textFor } from '../text';
import { ConfirmDialog } from '../ui/confirm-dialog';
import { FilterBar, type FilterField } from '../ui/filter-bar';
import { Time } from '../../shared/ui/properties';
import { type Column, Table } from '../ui/table';
import { ViewHead } from '../ui/view-head';
import type { View } from '../views';
import { texts } from './texts';

export const uploadsView: View = { path: 'uploads', title: texts.title, Component: Uploads };

/** Time between two reloads. Milliseconds. */
const INTERVAL = 10_000;

const FIELDS: readonly FilterField[] = [
  {
    name: 'state',
    label: texts.filters.state,
    kind: 'select',
    options: [
      ['', messages.filters.any],
      ...OPEN_STATES.map((state) => [state, texts.states[state]] as const),
    ],
  },
  { name: 'owner', label: texts.filters.owner, kind: 'text' },
  { name: 'policy', label: texts.filters.policy, kind: 'text' },
];

const nameOf = ({ filename }: AdminUpload): string => filename ?? texts.unnamed;
const placeOf = ({ path_name }: AdminUpload): string => (path_name ? `${path_name}/` : '');

function columns(onEnd: (upload: AdminUpload) => void): readonly Column<AdminUpload>[] {
  const { columns: titles } = texts;
  return [
    {
      key: 'name',
      title: titles.name,
      isHead: true,
      render: (upload) => (
        <>
          <bdi>{placeOf(upload) + nameOf(upload)}</bdi>
          {upload.failure_reason && (
            <p class="problem">
              <bdi>{upload.failure_reason}</bdi>
            </p>
          )}
        </>
      ),
    },
    { key: 'state', title: titles.state, render: ({ state }) => textFor(texts.states, state) },
    { key: 'size', title: titles.size, render: ({ size }) => (size === null ? '–' : formatBytes(size)) },
    { key: 'owner', title: titles.owner, render: ({ owner }) => <bdi>{owner ?? '–'}</bdi> },
    { key: 'policy', title: titles.policy, render: ({ policy }) => <bdi>{policy}</bdi> },
    { key: 'started', title: titles.started, render: ({ created_at }) => <Time at={created_at} /> },
    { key: 'expires', title: titles.expires, render: ({ expires_at }) => <Time at={expires_at} /> },
    {
      key: 'end',
      title: titles.end,
      render: (upload) => (
        <Button onClick={() => onEnd(upload)} label={texts.endOf(nameOf(upload))} testId="end">
          {texts.end}
        </Button>
      ),
    },
  ];
}

/** Uploads that are not complete, and ending one. */
function Uploads() {
  const { http, announcer } = useAdminContext();
  const [filters, changeFilters] = useFilters();
  const query = Object.fromEntries(FIELDS.map(({ name }) => [name, filters[name]]));
  const key = JSON.stringify(query);
  const list = useList((client, page) => listUploads(client, query, page), [key]);
  useRepeated(list.reload, INTERVAL);
  const [ending, setEnding] = useState<AdminUpload | null>(null);
  const end = async (upload: AdminUpload) => {
    try {
      await endUpload(http, upload.upload_id);
      announcer.announce(texts.ended(nameOf(upload)));
    } finally {
      // also after a refusal: it was perhaps completed meanwhile
      void list.reload();
    }
  };
  return (
    <>
      <ViewHead title={texts.title} />
      <FilterBar fields={FIELDS} filters={filters} onChange={changeFilters} />
      <Table
        label={texts.title}
        list={list}
        idOf={({ upload_id }) => upload_id}
        nameOf={nameOf}
        columns={columns(setEnding)}
        empty={key === '{}' ? texts.empty : texts.noMatch}
        testId="uploads"
      />
      {ending && (
        <ConfirmDialog
          title={texts.endTitle(nameOf(ending))}
          text={texts.endText}
          submitLabel={texts.end}
          isDanger
          onConfirm={() => end(ending)}
          onClose={() => setEnding(null)}
        />
      )}
    </>
  );
}
