import { ViewHead } from '../ui/view-head';
import type { View } from '../views';
import { texts } from './texts';

export const decisionsView: View = { path: 'decisions', title: texts.title, Component: Decisions };

function Decisions() {
  return <ViewHead title={texts.title} />;
}
