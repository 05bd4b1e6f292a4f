import { ViewHead } from '../ui/view-head';
import type { View } from '../views';
import { texts } from './texts';

export const auditView: View = { path: 'audit', title: texts.title, Component: Audit };

function Audit() {
  return <ViewHead title={texts.title} />;
}
