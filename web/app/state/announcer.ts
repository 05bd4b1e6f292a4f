import { Store } from './store';

/** What screen readers are told: politely, or at once. `count` makes the same words heard twice. */
export interface Announcement {
  text: string;
  urgent: boolean;
  count: number;
}

export class Announcer extends Store<Announcement> {
  constructor() {
    super({ text: '', urgent: false, count: 0 });
  }

  say(text: string, urgent = false): void {
    this.set({ text, urgent, count: this.get().count + 1 });
  }
}
