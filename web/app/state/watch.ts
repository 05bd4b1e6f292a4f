import type { HttpClient } from '../../client/index';
import { scannerHealth, type ScannerHealth } from '../api/scanner';
import { Store } from './store';

/** How soon the next look follows. Milliseconds. */
const CALM = 60_000;
const WORRIED = 5_000;
const NETWORK_CHANGES = ['offline', 'online'] as const;

/** Keeps an eye on the service and its scanner; looks more often while something is wrong. */
export class Watch extends Store<ScannerHealth> {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private looking = false;

  constructor(private readonly http: HttpClient) {
    super('unknown');
    http.onUnreachable = () => {
      this.worry();
    };
  }

  /** Follows what the browser knows of its network, so that a device without one is told so at once. */
  private readonly follow = () => void this.check();

  /** Looks now, and from then on by itself. */
  async check(): Promise<void> {
    for (const change of NETWORK_CHANGES) addEventListener(change, this.follow);
    clearTimeout(this.timer);
    this.looking = true;
    const health = await scannerHealth(this.http);
    this.looking = false;
    this.set(health);
    clearTimeout(this.timer);
    const wait = health === 'unreachable' || health === 'down' ? WORRIED : CALM;
    this.timer = setTimeout(() => void this.check(), wait);
  }

  /** Somebody else could not reach the service: looks at once, unless that is known or being found out. */
  private worry(): void {
    if (!this.looking && this.get() !== 'unreachable') void this.check();
  }

  stop(): void {
    clearTimeout(this.timer);
    for (const change of NETWORK_CHANGES) removeEventListener(change, this.follow);
  }
}
