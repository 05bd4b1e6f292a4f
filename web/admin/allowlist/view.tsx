import { ViewHead } from '../ui/view-head';
import type { View } from '../views';
import { texts } from './texts';

export const allowlistView: View = { path: 'allowlist', title: texts.title, Component: Allowlist };

function Allowlist() {
  return <ViewHead title={texts.title} />;
}
