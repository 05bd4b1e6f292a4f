import { ViewHead } from '../ui/view-head';
import type { View } from '../views';
import { texts } from './texts';

export const overviewView: View = { path: 'overview', title: texts.title, Component: Overview };

function Overview() {
  return <ViewHead title={texts.title} />;
}
