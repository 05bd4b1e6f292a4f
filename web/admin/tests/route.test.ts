import { expect, test } from 'vitest';
import { addressOf, parseRoute } from '../state/route';

test.each([
  ['', '', undefined, {}],
  ['#/', '', undefined, {}],
  ['#/files', 'files', undefined, {}],
  ['#/files/', 'files', undefined, {}],
  ['#/files/a%2Fb?search=x+y&verdict=clean', 'files', 'a/b', { search: 'x y', verdict: 'clean' }],
  ['#/files/%E0%A4%A', 'files', '%E0%A4%A', {}],
])('%s', (hash, view, id, filters) => {
  const route = parseRoute(hash);
  expect({ ...route, query: Object.fromEntries(route.query) }).toEqual({ view, id, query: filters });
});

test('an address contains the filters that are set', () => {
  const filters = { search: 'a&b=#?', verdict: '', policy: undefined };
  const address = addressOf('files', 'a/b', filters);
  expect(address).toBe('#/files/a%2Fb?search=a%26b%3D%23%3F');
  expect(Object.fromEntries(parseRoute(address).query)).toEqual({ search: 'a&b=#?' });
});
