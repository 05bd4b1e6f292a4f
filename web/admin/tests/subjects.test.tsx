import { expect, test } from 'vitest';
import type { Subject } from '../api/usage';
import { FakeService, page as pageOf } from './fake-service';
import { openAdmin } from './open';
import { ago } from './operations-fakes';
import { soon } from '../../client/tests/soon';

const KEY = {
  prefix: '3f9a',
  name: 'laptop',
  scopes: ['upload', 'read'],
  created_at: ago(9000),
  expires_at: null,
  last_used_at: null,
  revoked_at: null,
};
const ANN: Subject = {
  subject: 'ann+b@x.example',
  bytes: 950,
  quota: 1000,
  keys: [KEY, { ...KEY, prefix: 'aa', expires_at: ago(1) }, { ...KEY, prefix: 'bb', revoked_at: ago(1) }],
};
const BEN: Subject = { subject: 'ben', bytes: 0, quota: null, keys: [] };

const service = (items: Subject[]) => new FakeService().on('GET /api/v1/admin/subjects', () => pageOf(items));

test('usage, quota and keys of each subject, with a link to its files', async () => {
  const page = openAdmin(service([ANN, BEN]), '#/subjects');
  await page.find('subjects');
  expect(page.texts('td.cell-used')).toEqual(['950 bytes of 1 kBAlmost full', '0 bytes, no limit']);
  expect(page.texts('td.cell-keys summary')).toEqual(['3 keys, 2 revoked or expired']);
  expect(page.all('key').map((key) => key.querySelector('p')?.textContent.trim())).toEqual([
    'laptop 3f9a',
    'laptop aa Expired',
    'laptop bb Revoked',
  ]);
  expect(page.get('to-files-of').getAttribute('href')).toBe('#/files?owner=ann%2Bb%40x.example');
});

test('a search is in the address and is sent to the service', async () => {
  const found = service([]);
  const page = openAdmin(found, '#/subjects?search=nn');
  expect((await page.find('list-empty')).textContent).toBe('No matching subjects');
  await page.fill('filter-search', '');
  await soon(() => expect(page.get('list-empty').textContent).toContain('No subjects yet'));
  const queries = found.callsOf('GET /api/v1/admin/subjects').map(({ query }) => query['search']);
  expect(queries).toEqual(['nn', undefined]);
});
