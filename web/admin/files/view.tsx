import type { View, ViewProps } from '../views';
import { FileDetail } from './detail';
import { FileList } from './list';
import { texts } from './texts';

export const filesView: View = { path: 'files', title: texts.title, Component: Files };

function Files({ id }: ViewProps) {
  return id === undefined ? <FileList /> : <FileDetail id={id} />;
}
