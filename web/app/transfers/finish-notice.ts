import { messages } from '../messages/index';
import { Store } from '../../shared/state/store';
import { isHeld, isUnsettled, type RowState } from '../file/file-state';
import type { UploadEntry } from '../uploads/upload-entry';
import type { UploadEntries } from '../uploads/upload-entries';

/** Key in localStorage: the choice outlives the tab. */
const CHOICE = 'longshore.notify';
const FINE: ReadonlySet<RowState> = new Set<RowState>(['clean', 'unscanned', 'released']);

/**
 * Whether the browser notifies the user when all uploads have ended. `denied`: the user wanted it, and the browser does not allow it. `missing`:
 * it can't, as outside of secure contexts and on Android.
 */
export type NoticeState = 'on' | 'off' | 'denied' | 'missing';

/** Notifies the user when all uploads of the page have ended and it is not being looked at, if the user chose so. */
export class FinishNotice extends Store<NoticeState> {
  private isRunning = false;
  /** Files up to this key were counted at an earlier end. */
  private lastKey = 0;

  constructor(entries: UploadEntries) {
    super(stateAtStart());
    entries.subscribe(() => this.follow(entries.get()));
  }

  /** Changes the choice. Asks the browser for its permission, so it needs the user's click. */
  async choose(on: boolean): Promise<void> {
    if (this.get() === 'missing') return;
    const allowed = !on || (await Notification.requestPermission()) === 'granted';
    localStorage.setItem(CHOICE, on && allowed ? 'on' : 'off');
    this.set(on ? (allowed ? 'on' : 'denied') : 'off');
  }

  private follow(entries: readonly UploadEntry[]): void {
    if (entries.some(({ state }) => isUnsettled(state) || isHeld(state))) {
      this.isRunning = true;
      return;
    }
    if (!this.isRunning) return;
    this.isRunning = false;
    const ended = entries.filter(({ key, state }) => key > this.lastKey && state !== 'cancelled');
    this.lastKey = Math.max(this.lastKey, ...entries.slice(0, 1).map(({ key }) => key));
    const problems = ended.filter(({ state }) => !FINE.has(state)).length;
    if (ended.length > 0) this.show(ended.length, problems);
  }

  private show(count: number, problems: number): void {
    if (this.get() !== 'on' || document.hasFocus()) return;
    const { transfers } = messages;
    const body = transfers.finishedBody(count, problems);
    try {
      const notice = new Notification(transfers.finished, { body, tag: 'longshore' });
      notice.onclick = () => window.focus();
    } catch {
      this.set('missing'); // a browser that allows notifications in service workers only
    }
  }
}

function stateAtStart(): NoticeState {
  if (!('Notification' in globalThis) || !isSecureContext || navigator.userAgent.includes('Android'))
    return 'missing';
  return localStorage.getItem(CHOICE) === 'on' && Notification.permission === 'granted' ? 'on' : 'off';
}
