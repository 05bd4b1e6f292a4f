import { ViewHead } from '../ui/view-head';
import type { View } from '../views';
import { texts } from './texts';

export const filesView: View = { path: 'files', title: texts.title, Component: Files };

function Files() {
  return <ViewHead title={texts.title} />;
}
