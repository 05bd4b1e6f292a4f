import { useEffect, useState } from 'preact/hooks';

/** The place that the address names: `#/VIEW/ID?FILTERS`. */
export interface Route {
  view: string;
  id: string | undefined;
  query: URLSearchParams;
}

export type Filters = Readonly<Record<string, string | undefined>>;

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [view = '', id] = path.split('/').map(decoded);
  return { view, id: id === '' ? undefined : id, query: new URLSearchParams(query) };
}

/** Returns the address of a view, of one of its items, and with filters. */
export function addressOf(view: string, id?: string, filters: Filters = {}): string {
  const query = queryOf(filters);
  return `#/${view}${id === undefined ? '' : `/${encodeURIComponent(id)}`}${query && `?${query}`}`;
}

/** Shows another view. The back button returns to this one. */
export function go(address: string): void {
  location.hash = address;
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const update = () => setRoute(parseRoute(location.hash));
    update();
    addEventListener('hashchange', update);
    return () => removeEventListener('hashchange', update);
  }, []);
  return route;
}

/** Returns the filters in the address, and a function that changes some of them; undefined and '' remove one. */
export function useFilters(): [Filters, (change: Filters) => void] {
  const { query } = useRoute();
  return [Object.fromEntries(query), changeFilters];
}

/** Changes filters in the address. The back button does not return to each of them. */
function changeFilters(change: Filters): void {
  const { view, id, query } = parseRoute(location.hash);
  history.replaceState(history.state, '', addressOf(view, id, { ...Object.fromEntries(query), ...change }));
  dispatchEvent(new HashChangeEvent('hashchange'));
}

function queryOf(filters: Filters): string {
  const set = Object.entries(filters).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return new URLSearchParams(set).toString();
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a broken escape
  }
}
