import type { HttpClient } from '../../client/index';
import { scannerHealth, type ScannerHealth } from '../api/scanner';
import { Store } from './store';

/** Time between two checks, and between two checks while something is wrong. Milliseconds. */
const INTERVAL = 60_000;
const INTERVAL_WHILE_DOWN = 5_000;
const NETWORK_CHANGES = ['offline', 'online'] as const;

/** Checks the health of the service and its scanner regularly, and more often while one of them is down. */
export class HealthMonitor extends Store<ScannerHealth> {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private checking = false;

  constructor(private readonly http: HttpClient) {
    super('unknown');
    http.onUnreachable = () => {
      this.checkUnlessKnown();
    };
  }

  /** Checks at once when the browser loses or finds its network. */
  private readonly onNetworkChange = () => void this.check();

  /** Checks now, and regularly from then on. */
  async check(): Promise<void> {
    for (const change of NETWORK_CHANGES) addEventListener(change, this.onNetworkChange);
    clearTimeout(this.timer);
    this.checking = true;
    const health = await scannerHealth(this.http);
    this.checking = false;
    this.set(health);
    clearTimeout(this.timer);
    const interval = health === 'unreachable' || health === 'down' ? INTERVAL_WHILE_DOWN : INTERVAL;
    this.timer = setTimeout(() => void this.check(), interval);
  }

  /** Another request could not reach the service: check now, unless that is known or being checked. */
  private checkUnlessKnown(): void {
    if (!this.checking && this.get() !== 'unreachable') void this.check();
  }

  stop(): void {
    clearTimeout(this.timer);
    for (const change of NETWORK_CHANGES) removeEventListener(change, this.onNetworkChange);
  }
}
