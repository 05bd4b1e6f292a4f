import { UploadApi } from '../api/api';
import { browserLocks, Claims, type Locks } from '../memory/claims';
import { ChecksumChoice, type ChecksumPreference } from '../hash/checksum-choice';
import { type Clock, type Random, systemClock } from '../network/clock';
import type { UploadDetails } from '../api/details';
import { InfectedError } from '../api/errors';
import { type Hasher, workerHasher } from '../hash/hasher';
import { type Auth, type Fetch, HttpClient } from '../api/http';
import { indexedDbMemory, optionalMemory, type RememberedUpload, type UploadMemory } from '../memory/memory';
import { browserNetwork, type Network } from '../network/network';
import { browserIsReachable, type IsReachable } from '../network/reachability';
import { ConnectionSpeed } from '../network/connection-speed';
import { type RetryPolicy, type RetryTools, defaultRetryPolicy } from '../network/retry';
import { FileRun } from './file-run';
import type { FileOptions, Shared } from './shared';
import { Slots } from '../transfer/slots';
import { Throttle } from '../network/throttle';
import { type Transport, xhrTransport } from '../transfer/transfer';
import { Tuner } from '../network/tuner';
import type { Credential, FileRecord } from '../api/types';
import { Upload, type UploadEvents, type UploadSession } from './upload';
import { awaitVerdict, type VerdictOptions } from '../api/verdict';

export interface UploaderOptions {
  /** The service's address; '' for the page's own origin. */
  endpoint: string;
  auth?: Auth;
  /** The checksum of each part. `auto` (default): the best that storage checks. */
  checksum?: ChecksumPreference;
  /** The least and the most parallel parts, over all files; tuned for speed in between. Default [2, 6]. */
  connections?: readonly [least: number, most: number];
  /** Files that are uploaded in parallel; the others wait. Default 4. */
  filesAtOnce?: number;
  /** How many URLs are fetched in advance, at most 1000. Default 64. */
  signingWindow?: number;
  /** Average bandwidth over all files in bytes per second; null (default): no limit. */
  bandwidth?: number | null;
  /** Stores open uploads, so that the same file resumes after a reload. */
  memory?: UploadMemory;
  /** Locks, so that two tabs do not resume the same upload. */
  locks?: Locks;
  retry?: RetryPolicy;
  fetch?: Fetch;
  transport?: Transport;
  hasher?: Hasher;
  network?: Network;
  /** Whether a server answers at all, even if CORS hides its answers from this page. */
  isReachable?: IsReachable;
  /**
   * Compares a file with storage after it was sent, and fails if it was changed meanwhile. Default: true where the browser
   * does not detect such a change itself (Firefox).
   */
  compareAfterwards?: boolean;
  clock?: Clock;
  random?: Random;
}

type Hooks = { [K in keyof UploadEvents as `on${Capitalize<K>}`]?: (event: UploadEvents[K]) => void };

export interface UploadOptions extends UploadDetails, Hooks {
  /** Aborts the upload and deletes its parts. */
  signal?: AbortSignal;
  /** Resumes the upload of an earlier try on this page. */
  session?: UploadSession | undefined;
  /** Whether `done` rejects with an InfectedError if malware was found; by default it resolves with that verdict. */
  rejectInfected?: boolean | undefined;
}

/** Uploads files straight to storage: several files and several parts of each in parallel. */
export class Uploader {
  readonly http: HttpClient;
  readonly api: UploadApi;
  protected readonly shared: Shared;
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
      get compareAfterwards() {
        return options.compareAfterwards ?? !browserDetectsChanges();
      },
      signingWindow: options.signingWindow ?? 64,
    };
  }

  /** Average bandwidth over all files in bytes per second; null for no limit. Can be changed at any time. */
  get bandwidth(): number | null {
    return this.throttle.cap;
  }

  set bandwidth(cap: number | null) {
    this.throttle.cap = cap;
  }

  /**
   * Uploads a file and waits for its verdict. Resumes the upload that an earlier page left unfinished. `done` rejects with
   * an ApiError (refused), UnreachableError, TransferError (storage did not accept a part), UnreadableError, or the signal's
   * reason; with `rejectInfected` also with an InfectedError.
   */
  upload(file: Blob, options: UploadOptions = {}): Upload {
    return this.uploadFile(file, options, { session: options.session });
  }

  /**
   * Resumes the upload of another page or another browser by its upload_id. `done` also rejects with a DifferentFileError or
   * an UploadBusyError, before anything is sent.
   */
  resume(uploadId: string, file: Blob, options: UploadOptions = {}): Upload {
    return this.uploadFile(file, options, { uploadId });
  }

  /** Returns the unfinished uploads that storage still keeps and no tab is using, the newest first. */
  async unfinished(): Promise<RememberedUpload[]> {
    const now = this.shared.tools.clock.now() + this.http.clockSkew;
    const isBusy = await this.shared.claims.busy();
    const mine = (await this.shared.memory.all()).filter(({ endpoint }) => endpoint === this.http.endpoint);
    const open = mine.filter(
      ({ upload_id, expires_at }) => Date.parse(expires_at) > now && !isBusy(upload_id),
    );
    return open.sort((a, b) => Date.parse(b.expires_at) - Date.parse(a.expires_at));
  }

  /** Aborts an unfinished upload: deletes its parts, and its entry in this browser. */
  async discard(uploadId: string): Promise<void> {
    await this.api.abort(uploadId);
    await this.shared.memory.forget(uploadId);
    this.shared.claims.release(uploadId);
  }

  /** Polls the file's status until there is a verdict, then returns the file. */
  awaitVerdict(
    fileId: string,
    credential?: Credential,
    hooks: Pick<VerdictOptions, 'signal' | 'onStage'> = {},
  ): Promise<FileRecord> {
    return awaitVerdict(fileId, { api: this.api, clock: this.shared.tools.clock, credential, ...hooks });
  }

  private uploadFile(file: Blob, options: UploadOptions, from: FileOptions['from']): Upload {
    const unfinished = () => this.unfinished();
    return this.begin(options, (shared, upload) =>
      new FileRun(shared, { file, details: options, from, unfinished }, upload).go(),
    );
  }

  /** Starts an upload with its listeners; `run` gets an API whose failing calls change the upload's stage. */
  protected begin(
    options: UploadOptions,
    run: (shared: Shared, upload: Upload) => Promise<FileRecord>,
  ): Upload {
    const upload = new Upload(async (self) => {
      const file = await run({ ...this.shared, api: new UploadApi(this.http, self) }, self);
      if (options.rejectInfected && file.virus_scan_status === 'infected') throw new InfectedError(file);
      return file;
    }, options.signal);
    for (const [name, listener] of Object.entries(options)) {
      if (name.startsWith('on') && listener)
        upload.on(name.slice(2).toLowerCase() as keyof UploadEvents, listener as () => void);
    }
    return upload;
  }
}

/** Whether the browser checks a file's time and size whenever it reads it; Firefox does not. */
function browserDetectsChanges(): boolean {
  const navigator = globalThis.navigator as Partial<Navigator> | undefined; // undefined in server-side rendering
  return navigator?.userAgent?.includes('AppleWebKit') ?? true;
}
