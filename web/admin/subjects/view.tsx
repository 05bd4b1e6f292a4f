import { listSubjects } from '../api/usage';
import { useList } from '../state/list';
import { useFilters } from '../state/route';
import { FilterBar, type FilterField } from '../ui/filter-bar';
import { Table } from '../ui/table';
import { ViewHead } from '../ui/view-head';
import type { View } from '../views';
import { COLUMNS } from './columns';
import { texts } from './texts';

export const subjectsView: View = { path: 'subjects', title: texts.title, Component: Subjects };

const FIELDS: readonly FilterField[] = [{ name: 'search', label: texts.search, kind: 'text' }];

/** All subjects with their bytes and keys. */
function Subjects() {
  const [filters, changeFilters] = useFilters();
  const search = filters['search'];
  const subjects = useList((http, page) => listSubjects(http, search, page), [search]);
  return (
    <>
      <ViewHead title={texts.title} hint={texts.hint} />
      <FilterBar fields={FIELDS} filters={filters} onChange={changeFilters} />
      <Table
        label={texts.title}
        list={subjects}
        idOf={({ subject }) => subject}
        nameOf={({ subject }) => subject}
        columns={COLUMNS}
        empty={search ? texts.noMatch : texts.empty}
        {...(search ? {} : { emptyHint: texts.emptyHint })}
        testId="subjects"
      />
    </>
  );
}
