import { ViewHead } from '../ui/view-head';
import type { View } from '../views';
import { texts } from './texts';

export const scansView: View = { path: 'scans', title: texts.title, Component: Scans };

function Scans() {
  return <ViewHead title={texts.title} />;
}
