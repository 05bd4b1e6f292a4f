import type { Clock } from '../../client/index';
import { Store } from '../../shared/state/store';
import { UNDO_TIME } from './deletions';

/** Changes that the undo bar shows for UNDO_TIME, longer under the pointer. */
export class ShownChanges<T extends { until: number }> extends Store<readonly T[]> {
  private paused = false;

  /** `keyOf` identifies a change; `hidden` is called for each that the bar does not show any more. */
  constructor(
    private readonly clock: Clock,
    private readonly keyOf: (change: T) => string,
    private readonly hidden: (change: T) => void,
  ) {
    super([]);
  }

  /** Hides nothing until `resume`. */
  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.hideOld();
  }

  /** Shows a change, or replaces what is shown about it. */
  show(change: T): void {
    const others = this.get().filter((each) => this.keyOf(each) !== this.keyOf(change));
    this.set([...others, { ...change, until: this.clock.now() + UNDO_TIME }]);
    void this.clock.sleep(UNDO_TIME).then(() => this.hideOld());
  }

  hide(isHidden: (change: T) => boolean): void {
    const hidden = this.get().filter(isHidden);
    for (const change of hidden) this.hidden(change);
    if (hidden.length > 0) this.set(this.get().filter((change) => !hidden.includes(change)));
  }

  private hideOld(): void {
    if (!this.paused) this.hide(({ until }) => until <= this.clock.now());
  }
}
