import { useEffect } from 'preact/hooks';
import { Store, useStore } from '../../shared/state/store';

/** Counts changes of stored files that lists do not show yet. */
export class ChangeCount extends Store<number> {
  constructor() {
    super(0);
  }

  add(): void {
    this.set(this.get() + 1);
  }
}

/** Calls `reload` after each change. */
export function useReloadAfterChanges(changes: ChangeCount, reload: () => void): void {
  const count = useStore(changes);
  useEffect(() => {
    if (count > 0) reload();
  }, [count]);
}
