import { useState } from 'preact/hooks';

/** A choice that outlives a reload, not the tab. Never used for secrets. */
export function useSessionValue(name: string): [string, (value: string) => void] {
  const [value, setValue] = useState(() => sessionStorage.getItem(name) ?? '');
  const remember = (next: string) => {
    sessionStorage.setItem(name, next);
    setValue(next);
  };
  return [value, remember];
}
