import type { View, ViewProps } from '../views';
import { DecisionDetail } from './detail';
import { DecisionList } from './list';
import { texts } from './texts';

export const decisionsView: View = { path: 'decisions', title: texts.title, Component: Decisions };

function Decisions({ id }: ViewProps) {
  return id === undefined ? <DecisionList /> : <DecisionDetail id={id} />;
}
