import { ViewHead } from '../ui/view-head';
import type { View } from '../views';
import { texts } from './texts';

export const subjectsView: View = { path: 'subjects', title: texts.title, Component: Subjects };

function Subjects() {
  return <ViewHead title={texts.title} />;
}
