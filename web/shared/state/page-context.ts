import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Announcer } from './announcer';
import type { HealthMonitor } from './health';
import type { Login } from './login';

/** What the components of every page share; each page adds its own. */
export interface PageContext {
  login: Login;
  health: HealthMonitor;
  announcer: Announcer;
}

const Context = createContext<PageContext | null>(null);
export const PageContextProvider = Context.Provider;

export function usePageContext(): PageContext {
  const context = useContext(Context);
  if (!context) throw new Error('usePageContext() needs a PageContextProvider around the component.');
  return context;
}
