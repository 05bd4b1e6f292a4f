import { expect, test } from 'vitest';
import type { VirusScanStatus } from '../../client/index';
import { actionsFor } from '../decisions/applicable';
import { adminFile } from './fakes';

test.each([
  ['pending', 'block delete'],
  ['clean', 'rescan block delete'],
  ['infected', 'rescan release block delete'],
  ['error', 'rescan release block delete'],
  ['blocked', 'rescan release delete'],
  ['released', 'rescan block delete'],
] as [VirusScanStatus, string][])('the actions for a file that is %s', (verdict, actions) => {
  expect(actionsFor(adminFile({ virus_scan_status: verdict })).join(' ')).toBe(actions);
});

test('a legal hold prevents the deletion', () => {
  expect(actionsFor(adminFile({ legal_hold: true }))).not.toContain('delete');
});
