import { useFilters } from '../state/route';
import { ViewHead } from '../ui/view-head';
import type { View } from '../views';
import { Tabs, VERDICTS } from './tabs';
import { texts } from './texts';
import { WorkList } from './work-list';

export const quarantineView: View = { path: 'quarantine', title: texts.title, Component: Quarantine };

/** The files that are not served because of their verdict, as a list of work. */
function Quarantine() {
  const [filters] = useFilters();
  const verdict = VERDICTS.find((each) => each === filters['verdict']) ?? VERDICTS[0];
  return (
    <>
      <ViewHead title={texts.title} hint={texts.hint} />
      <Tabs current={verdict} />
      <WorkList key={verdict} verdict={verdict} current={filters['file']} />
    </>
  );
}
