import { UploadApi } from './api';
import { browserLocks, Claims, type Locks } from './claims';
import { ChecksumChoice, type ChecksumPreference } from './checksum-choice';
import { type Clock, type Random, systemClock } from './clock';
import type { UploadDetails } from './details';
import { type Hasher, workerHasher } from './hash/hasher';
import { type Auth, type Fetch, HttpClient } from './http';
import { indexedDbMemory, optionalMemory, type RememberedUpload, type UploadMemory } from './memory';
import { browserNetwork, type Network } from './network';
import { browserIsReachable, type IsReachable } from './reachability';
import { ConnectionSpeed } from './connection-speed';
import { type RetryPolicy, type RetryTools, defaultRetryPolicy } from './retry';
import { Run } from './run';
import type { RunOptions, Shared } from './shared';
import { Slots } from './slots';
import { Throttle } from './throttle';
import { type Transport, xhrTransport } from './transfer';
import { Tuner } from './tuner';
import type { Credential, FileRecord } from './types';
import { Upload, type UploadEvents, type UploadSession } from './upload';
import { awaitVerdict, type VerdictOptions } from './verdict';

export interface UploaderOptions {
  /** Where the service is; '' for the page's own origin. */
  endpoint: string;
  auth?: Auth;
  /** The checksum that each part carries; `auto` (default): the best that storage checks. */
  checksum?: ChecksumPreference;
  /** The least and the most parts under way at once, over all files; in between what is fastest is found out. Default [2, 6]. */
  connections?: readonly [least: number, most: number];
  /** Files under way at once; the others wait. Default 4. */
  filesAtOnce?: number;
  /** How many URLs are fetched ahead of need, at most 1000. Default 64. */
  signingWindow?: number;
  /** Bytes a second over all files, on average; null (default): as fast as the line is. */
  bandwidth?: number | null;
  /** Where open uploads are remembered, so that the same file carries on after a reload. */
  memory?: UploadMemory;
  /** How tabs keep out of each other's uploads. */
  locks?: Locks;
  retry?: RetryPolicy;
  fetch?: Fetch;
  transport?: Transport;
  hasher?: Hasher;
  network?: Network;
  /** Whether a server is there, though its answers are not for this page. */
  isReachable?: IsReachable;
  /**
   * Compares a file with storage once more after it was sent, and fails where it was changed meanwhile. Default: where the
   * browser does not notice such a change by itself (Firefox does not).
   */
  compareAfterwards?: boolean;
  clock?: Clock;
  random?: Random;
}

type Hooks = { [K in keyof UploadEvents as `on${Capitalize<K>}`]?: (event: UploadEvents[K]) => void };

export interface UploadOptions extends UploadDetails, Hooks {
  /** An abort forgets the upload, at storage too. */
  signal?: AbortSignal;
  /** Carries on with what an earlier try on this page left. */
  session?: UploadSession | undefined;
}

/** Sends files: many at once, the parts of each in parallel, straight to storage. */
export class Uploader {
  readonly http: HttpClient;
  readonly api: UploadApi;
  private readonly shared: Shared;
  private readonly throttle: Throttle;

  constructor(options: UploaderOptions) {
    const { endpoint, auth, fetch = globalThis.fetch.bind(globalThis), clock = systemClock } = options;
    const { random = Math.random, retry = defaultRetryPolicy, network = browserNetwork } = options;
    const tools: RetryTools = { clock, random, network, policy: retry };
    const tuner = new Tuner(clock, options.connections);
    const { filesAtOnce = 4, isReachable = browserIsReachable } = options;
    this.http = new HttpClient({ endpoint, fetch, auth, isReachable }, tools);
    this.api = new UploadApi(this.http);
    this.throttle = new Throttle(clock, options.bandwidth);
    this.shared = {
      http: this.http,
      api: this.api,
      tools,
      tuner,
      speed: new ConnectionSpeed(),
      throttle: this.throttle,
      files: new Slots(() => filesAtOnce),
      parts: new Slots(() => tuner.limit),
      checksums: new ChecksumChoice(options.checksum === undefined ? 'auto' : options.checksum),
      hasher: options.hasher ?? workerHasher(),
      memory: optionalMemory(options.memory ?? indexedDbMemory()),
      claims: new Claims(options.locks ?? browserLocks),
      transport: options.transport ?? xhrTransport,
      isReachable,
      compareAfterwards: options.compareAfterwards ?? !browserNoticesChanges(),
      signingWindow: options.signingWindow ?? 64,
    };
  }

  /** Bytes a second over all files, on average; null for no cap. May change at any time. */
  get bandwidth(): number | null {
    return this.throttle.cap;
  }

  set bandwidth(cap: number | null) {
    this.throttle.cap = cap;
  }

  /**
   * Sends a file and waits for its verdict. A file whose upload an earlier page left unfinished carries on where that
   * stopped. `done` rejects with an ApiError (refused), UnreachableError, TransferError (storage did not take it),
   * UnreadableError, or the signal's reason.
   */
  upload(file: Blob, options: UploadOptions = {}): Upload {
    return this.begin(file, options, { session: options.session });
  }

  /**
   * Carries on with an upload that another page or another browser began, by its upload_id. `done` also rejects with
   * a DifferentFileError or an UploadBusyError, before anything is sent.
   */
  resume(uploadId: string, file: Blob, options: UploadOptions = {}): Upload {
    return this.begin(file, options, { uploadId });
  }

  /** Uploads that were left unfinished, that storage still keeps and nobody is at, the newest first. */
  async unfinished(): Promise<RememberedUpload[]> {
    const now = this.shared.tools.clock.now() + this.http.clockSkew;
    const isBusy = await this.shared.claims.busy();
    const mine = (await this.shared.memory.all()).filter(({ endpoint }) => endpoint === this.http.endpoint);
    const open = mine.filter(
      ({ upload_id, expires_at }) => Date.parse(expires_at) > now && !isBusy(upload_id),
    );
    return open.sort((a, b) => Date.parse(b.expires_at) - Date.parse(a.expires_at));
  }

  /** Ends an unfinished upload: storage forgets its parts, and this browser forgets it. */
  async discard(uploadId: string): Promise<void> {
    await this.api.abort(uploadId);
    await this.shared.memory.forget(uploadId);
    this.shared.claims.release(uploadId);
  }

  /** Polls the file's status until there is a verdict, and returns the file as it then is. */
  awaitVerdict(
    fileId: string,
    credential?: Credential,
    hooks: Pick<VerdictOptions, 'signal' | 'onStage'> = {},
  ): Promise<FileRecord> {
    return awaitVerdict(fileId, { api: this.api, clock: this.shared.tools.clock, credential, ...hooks });
  }

  private begin(file: Blob, options: UploadOptions, from: RunOptions['from']): Upload {
    const unfinished = () => this.unfinished();
    const run = (upload: Upload) =>
      new Run(this.shared, { file, details: options, from, unfinished }, upload).go();
    const upload = new Upload(run, options.signal);
    for (const [name, listener] of Object.entries(listenersOf(options))) {
      if (listener) upload.on(name as keyof UploadEvents, listener as () => void);
    }
    return upload;
  }
}

function listenersOf(hooks: Hooks): { [K in keyof UploadEvents]: Hooks[`on${Capitalize<K>}`] } {
  return {
    session: hooks.onSession,
    progress: hooks.onProgress,
    stored: hooks.onStored,
    stage: hooks.onStage,
    different: hooks.onDifferent,
  };
}

/** Engines that hold a chosen file to its time and size whenever they read it (all but Firefox's). */
function browserNoticesChanges(): boolean {
  const navigator = globalThis.navigator as Partial<Navigator> | undefined; // there is none where a server renders
  return navigator?.userAgent?.includes('AppleWebKit') ?? true;
}
