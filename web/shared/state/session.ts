import { useState } from 'preact/hooks';

/** A value that survives a reload, but not the tab (sessionStorage). Never use it for secrets. */
export function useSessionValue(name: string): [string, (value: string) => void] {
  const [value, setValue] = useState(() => sessionStorage.getItem(name) ?? '');
  const store = (next: string) => {
    sessionStorage.setItem(name, next);
    setValue(next);
  };
  return [value, store];
}
