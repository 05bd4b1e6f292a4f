import { Store } from './store';

/** A text for screen readers. `urgent` interrupts the reader; `count` makes a repeated text a change. */
export interface Announcement {
  text: string;
  urgent: boolean;
  count: number;
}

export class Announcer extends Store<Announcement> {
  constructor() {
    super({ text: '', urgent: false, count: 0 });
  }

  announce(text: string, urgent = false): void {
    this.set({ text, urgent, count: this.get().count + 1 });
  }
}
