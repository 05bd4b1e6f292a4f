import { ApiError, type Clock, type Credential, type FileRecord } from '../../client/index';
import { isNotFound } from '../../shared/api/refusals';
import { openInFrame } from '../../shared/state/save-link';
import type { FilesApi } from '../api/files';
import type { Pong, ToPage, ToWorker } from './messages';
import { SpeedMeter } from '../transfers/speed';
import type { ZipProblem, ZipStore } from './zip-store';
import { NoZipWorkerError, openZipWorker, SCOPE, type ZipWorker } from './zip-worker';

/** A file of an archive, by its path there. */
export interface ZipFile {
  file: FileRecord;
  path: string;
  credential?: Credential | undefined;
}

/** The browser's parts, for tests to replace. */
export interface ZipParts {
  openWorker: () => Promise<ZipWorker>;
  /** Opens the download; returns a function that removes what it needed. */
  openDownload: (url: string) => () => void;
}

export const BROWSER: ZipParts = { openWorker: openZipWorker, openDownload: openInFrame };

/** Firefox ends a service worker without messages after 30 seconds. Milliseconds. */
const PING_INTERVAL = 10_000;
/** A worker that answers no ping, or that the browser does not ask for the download in this time. Milliseconds. */
const PATIENCE = 30_000;

/**
 * Downloads files as one zip archive `name`, which the service worker makes from storage's bytes. Resolves when the browser
 * has begun the download, or it failed; `store` shows its progress and its end.
 */
export async function startZip(
  store: ZipStore,
  name: string,
  items: readonly ZipFile[],
  tools: { files: FilesApi; clock: Clock; parts: ZipParts },
): Promise<void> {
  if (store.isRunning) return;
  const run = new ZipRun(store, name, items, tools.files, tools.clock, tools.parts);
  store.begin(
    name,
    items.reduce((total, { file }) => total + file.size, 0),
    () => run.cancel(),
  );
  await run.start();
}

/** One download: its channel to the worker. */
class ZipRun {
  private id = '';
  private readonly channel = new MessageChannel();
  private readonly speed = new SpeedMeter();
  private readonly ended = new AbortController();
  private closeFrame: () => void = () => undefined;
  private started: () => void = () => undefined;

  constructor(
    private readonly store: ZipStore,
    private readonly name: string,
    private readonly items: readonly ZipFile[],
    private readonly files: FilesApi,
    private readonly clock: Clock,
    private readonly parts: ZipParts,
  ) {}

  async start(): Promise<void> {
    let worker: ZipWorker;
    try {
      worker = await this.parts.openWorker();
    } catch (error) {
      this.fail(error instanceof NoZipWorkerError ? 'unsupported' : 'ended');
      return;
    }
    if (this.ended.signal.aborted) return; // cancelled meanwhile
    this.id = crypto.randomUUID(); // exists where service workers do
    let isBegun = false;
    const begun = new Promise<void>((resolve) => {
      this.started = () => {
        isBegun = true;
        resolve();
      };
    });
    this.channel.port1.onmessage = ({ data }: MessageEvent<ToPage>) => this.hear(data);
    const entries = this.items.map(({ file, path }) => ({
      name: path,
      size: file.size,
      modified: Date.parse(file.created_at),
    }));
    const order = { type: 'order', id: this.id, name: this.name, entries } as const;
    worker.postMessage(order, [this.channel.port2]);
    void this.keepAlive(worker);
    void this.later(PATIENCE, () => isBegun || this.fail('ended'));
    await begun;
  }

  cancel(): void {
    this.tell({ type: 'cancel' });
    this.end({ state: 'cancelled' });
  }

  private hear(message: ToPage): void {
    switch (message.type) {
      case 'ready':
        this.closeFrame = this.parts.openDownload(`${SCOPE}${this.id}/${encodeURIComponent(this.name)}`);
        break;
      case 'started':
        this.started();
        break;
      case 'want-link':
        void this.sendLink(message.index);
        break;
      case 'progress':
        this.showProgress(message);
        break;
      case 'failed':
        this.fail(message.why, message.index);
        break;
      case 'done':
      case 'cancelled':
        this.end({ state: message.type });
    }
  }

  private async sendLink(index: number): Promise<void> {
    const item = this.items[index];
    if (!item) return;
    try {
      const url = await this.files.attachmentUrl(item.file.id, item.credential);
      this.tell({ type: 'link', index, url });
    } catch (error) {
      this.tell(isRefusal(error) ? { type: 'link', index, url: null } : { type: 'link-failed', index });
    }
  }

  private showProgress({ sent, size }: { sent: number; size: number }): void {
    const speed = this.speed.read(sent, this.clock.now());
    this.store.patch({
      progress: { sent, size, speed, secondsLeft: speed > 0 ? (size - sent) / speed : null },
    });
  }

  /** Pings the worker until the end; fails when the browser has stopped it. */
  private async keepAlive(worker: ZipWorker): Promise<void> {
    while (!this.ended.signal.aborted) {
      const { port1, port2 } = new MessageChannel();
      let isAnswered = false;
      port1.onmessage = ({ data }: MessageEvent<Pong>) => {
        isAnswered = true;
        port1.close();
        if (!data.known) this.fail('ended');
      };
      worker.postMessage({ type: 'ping', id: this.id }, [port2]);
      void this.later(PATIENCE, () => isAnswered || this.fail('ended'));
      await this.later(PING_INTERVAL, () => undefined);
    }
  }

  /** Calls the function after some time, unless the download has ended by then. */
  private async later(milliseconds: number, call: () => unknown): Promise<void> {
    await this.clock.sleep(milliseconds, this.ended.signal).then(call, () => undefined);
  }

  private fail(why: ZipProblem, index: number | null = null): void {
    const filename = index === null ? null : (this.items[index]?.file.filename ?? null);
    this.tell({ type: 'cancel' });
    this.end({ state: 'failed', problem: { why, filename } });
  }

  private end(change: Parameters<ZipStore['patch']>[0]): void {
    if (this.ended.signal.aborted) return;
    this.ended.abort();
    this.store.patch(change);
    this.started();
    this.closeFrame();
  }

  private tell(message: ToWorker): void {
    this.channel.port1.postMessage(message);
  }
}

/** Whether another try cannot help: the file is gone or withdrawn, or its password is wrong. */
function isRefusal(error: unknown): boolean {
  return isNotFound(error) || (error instanceof ApiError && error.status === 403 && !error.isForeign);
}
