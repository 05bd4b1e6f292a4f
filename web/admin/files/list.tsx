import { useState } from 'preact/hooks';
import { listFiles } from '../api/files';
import { DecideBar } from '../decisions/decide-bar';
import { DecisionProgress } from '../decisions/progress';
import { useDecision } from '../decisions/use-decision';
import { useList, useRepeated } from '../state/list';
import { addressOf, useFilters } from '../state/route';
import { useSelection } from '../state/selection';
import { FilterBar } from '../ui/filter-bar';
import { Table } from '../ui/table';
import { ViewHead } from '../ui/view-head';
import { COLUMNS } from './columns';
import { FIELDS, fileFilter } from './filter';
import { texts } from './texts';

/** Time between two reloads while listed files wait for their verdict. Milliseconds. */
const INTERVAL = 5_000;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** All files, and decisions about many at once. */
export function FileList() {
  const [filters, changeFilters] = useFilters();
  const filter = fileFilter(filters);
  const key = JSON.stringify(filter);
  const { sort, search } = filters;
  const list = useList((http, page) => listFiles(http, filter, sort, page), [key, sort]);
  const isUnsettled = list.items.some(({ virus_scan_status: verdict }) =>
    ['pending', 'scanning'].includes(verdict),
  );
  useRepeated(list.reload, INTERVAL, isUnsettled);
  const selection = useSelection(
    list.items.map(({ id }) => id),
    key,
  );
  const [allFoundOf, setAllFoundOf] = useState('');
  const decision = useDecision(() => void list.reload());
  const isFiltered = key !== '{}';
  return (
    <>
      <ViewHead title={texts.title} />
      <FilterBar fields={FIELDS} filters={filters} onChange={changeFilters} />
      {search && ID.test(search) && (
        <p>
          <a href={addressOf('files', search)} data-testid="by-id">
            {texts.byId}
          </a>
        </p>
      )}
      <DecisionProgress shown={decision} isPanel />
      <DecideBar
        selection={selection}
        filter={isFiltered ? filter : null}
        isAllFound={allFoundOf === key}
        onAllFound={(isAllFound) => setAllFoundOf(isAllFound ? key : '')}
        onDecided={decision.show}
      />
      <Table
        label={texts.title}
        list={list}
        idOf={({ id }) => id}
        nameOf={({ filename }) => filename}
        columns={COLUMNS}
        selection={selection}
        empty={isFiltered ? texts.noMatch : texts.empty}
        moreLabel={isFiltered ? texts.continue : undefined}
        testId="files"
      />
    </>
  );
}
