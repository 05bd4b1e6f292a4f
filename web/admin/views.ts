import type { ComponentType } from 'preact';
import { allowlistView } from './allowlist/view';
import { auditView } from './audit/view';
import { decisionsView } from './decisions/view';
import { filesView } from './files/view';
import { overviewView } from './overview/view';
import { quarantineView } from './quarantine/view';
import { scansView } from './scans/view';
import { subjectsView } from './subjects/view';
import { uploadsView } from './uploads/view';

export interface ViewProps {
  /** What follows the view's path in the address: `#/files/ID`. */
  id: string | undefined;
}

/** One view: its folder is `web/admin/PATH/`, its address `#/PATH`. */
export interface View {
  path: string;
  /** Its name in the navigation. */
  title: string;
  Component: ComponentType<ViewProps>;
}

/** All views, in the order of the navigation. */
export const VIEWS: readonly View[] = [
  overviewView,
  quarantineView,
  filesView,
  uploadsView,
  scansView,
  decisionsView,
  allowlistView,
  subjectsView,
  auditView,
];

/** Returns the view with this path, or the first one. */
export const viewOf = (path: string): View => VIEWS.find((view) => view.path === path) ?? overviewView;
