import { ViewHead } from '../ui/view-head';
import type { View } from '../views';
import { texts } from './texts';

export const uploadsView: View = { path: 'uploads', title: texts.title, Component: Uploads };

function Uploads() {
  return <ViewHead title={texts.title} />;
}
