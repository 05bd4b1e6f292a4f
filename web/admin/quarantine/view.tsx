import { ViewHead } from '../ui/view-head';
import type { View } from '../views';
import { texts } from './texts';

export const quarantineView: View = { path: 'quarantine', title: texts.title, Component: Quarantine };

function Quarantine() {
  return <ViewHead title={texts.title} />;
}
