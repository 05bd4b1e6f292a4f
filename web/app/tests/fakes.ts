import {
  type Clock,
  type FileRecord,
  type LinkRecord,
  TransferError,
  type Transport,
  Uploader,
} from '../../client/index';
import { fakeMemory } from '../../client/tests/fakes';
import { type AppContext, createAppContext } from '../page/app-context';
import type { ZipParts } from '../zip/zip-downloads';
import { FakeClock } from './fake-clock';

export const NOW = '2030-01-01T10:00:00Z';

/** The file of an upload that an earlier page left unfinished; storage has one byte of it. */
export const UNFINISHED_ID = 'f';

let lastId = 0;
const nextId = () => {
  lastId += 1;
  return `id-${lastId}`;
};

export function fileRecord(change: Partial<FileRecord> = {}): FileRecord {
  return {
    id: nextId(),
    upload_id: nextId(),
    filename: 'report.txt',
    path_name: null,
    replaces: null,
    path: 'bucket/key',
    content_type: 'text/plain',
    detected_content_type: 'text/plain',
    size: 1200,
    detail: null,
    is_private: false,
    download_url: null,
    download_expires_at: null,
    checksum: null,
    virus_scan_status: 'clean',
    virus_scan_result: null,
    virus_scan_date: NOW,
    is_quarantined: false,
    quarantine_reason: null,
    appointment_id: null,
    policy: 'default',
    grant_id: null,
    version: 1,
    expires_at: null,
    legal_hold: false,
    decision: null,
    user_id: null,
    created_at: NOW,
    ...change,
  };
}

export const infected = (change: Partial<FileRecord> = {}) =>
  fileRecord({ virus_scan_status: 'infected', virus_scan_result: 'Eicar', is_quarantined: true, ...change });

interface Named {
  id: string;
  name?: string;
  user_id?: string;
  title?: string;
  created_at: string;
}

/** The service and its storage in memory, as far as the page uses them. */
export class FakeBackend {
  files: FileRecord[] = [];
  users: Named[] = [];
  appointments: Named[] = [];
  scanner: 'ok' | 'off' | 'unsafe' | 'down' = 'ok';
  online = true;
  links: LinkRecord[] = [];
  credential: Record<string, string> | null = null;
  /** Fields of the next upload's record. */
  verdict: Partial<FileRecord> = {};
  failPuts = false;
  /** The file is stored, but complete is never answered. */
  completeIsLost = false;
  /** PUTs do not finish until they are aborted or `finishPut` (the last one) or `finishAllPuts` is called. */
  stallPuts = false;
  finishPut: () => void = () => undefined;
  private readonly stalled: (() => void)[] = [];
  private names = Promise.resolve();
  puts = 0;
  pageSize = 50;
  /** Rows that one call of a search examines. */
  window = 5000;
  refuseDeletions = false;
  /** Deletions get the page of a proxy that does not know the service. */
  isBehindBrokenProxy = false;
  /** The size of the unfinished upload that `retry` reports; null: not known. */
  openSize: number | null = null;
  /** The service refuses to look up names. */
  refuseLookups = false;
  /** Storage is unavailable when a link is requested. */
  refuseLinks = false;
  /** The clock of the undo time. */
  readonly clock = new FakeClock();
  readonly calls: string[] = [];
  private readonly searches: URLSearchParams[] = [];
  readonly memory = fakeMemory();
  readonly bodies: Record<string, unknown>[] = [];
  private completed: FileRecord | null = null;

  /** The browser's parts of zip downloads. */
  zipParts: ZipParts | undefined;
  /** Ids of files that cannot be moved. */
  refuseMoves: string[] = [];

  context(): AppContext {
    const retry = { attempts: 2, baseDelay: 0, maxDelay: 0 };
    const uploader = new Uploader({
      endpoint: '',
      fetch: this.fetch,
      transport: this.transport,
      clock: quickClock,
      retry,
      checksum: null,
      filesAtOnce: 3,
      isReachable: () => Promise.resolve(false),
      memory: this.memory,
    });
    const context = createAppContext({
      memory: this.memory,
      uploader,
      clock: this.clock,
      ...(this.zipParts && { zipParts: this.zipParts }),
    });
    void context.uploading.load();
    return context;
  }

  readonly transport: Transport = async ({ body, onBytes, signal }) => {
    await Promise.resolve();
    signal?.throwIfAborted();
    this.puts += 1;
    if (this.stallPuts) {
      await Promise.race([aborted(signal), new Promise<void>((resolve) => this.stall(resolve))]);
    }
    if (this.failPuts) {
      throw new TransferError(0);
    }
    onBytes(body.size);
  };

  readonly fetch = async (path: string, init: RequestInit = {}): Promise<Response> => {
    await Promise.resolve();
    init.signal?.throwIfAborted();
    if (!this.online) throw new TypeError('Failed to fetch');
    const url = new URL(path, 'http://localhost');
    const call = `${init.method ?? 'GET'} ${url.pathname.replace('/api/v1', '')}`;
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : {};
    this.calls.push(call);
    this.searches.push(url.searchParams);
    this.bodies.push(body);
    const answer = this.answer(call, url.searchParams, body, new Headers(init.headers));
    if (url.searchParams.has('filename')) await this.names;
    const isLost = this.completeIsLost && call === 'POST /file/upload/complete/';
    return isLost ? new Promise<never>(() => undefined) : answer;
  };

  /** The queries of all calls of this kind. */
  queries(call: string): URLSearchParams[] {
    return this.searches.filter((_, at) => this.calls[at] === call);
  }

  /** Lets lookups of names wait; returns the function that answers them. */
  stallNames(): () => void {
    let release = (): void => undefined;
    this.names = new Promise((resolve) => (release = resolve));
    return release;
  }

  finishAllPuts(): void {
    for (const finish of this.stalled.splice(0)) finish();
  }

  private stall(finish: () => void): void {
    this.finishPut = finish;
    this.stalled.push(finish);
  }

  private answer(
    call: string,
    query: URLSearchParams,
    body: Record<string, unknown>,
    headers: Headers,
  ): Response {
    const id = call.split('/').at(-1) ?? '';
    switch (true) {
      case call === 'GET /file/virus-scanner/health':
        return this.scanner === 'down'
          ? refusal(503, 'scanner_unavailable')
          : success({ status: this.scanner });
      case call === 'GET /users/':
        return this.page(named(this.users, query), query);
      case call.startsWith('GET /users/'):
        return found(this.users, id, 'user_not_found');
      case call.startsWith('GET /appointments/') && id !== '':
        return found(this.appointments, id, 'appointment_not_found');
      case call === 'POST /users/':
        return success(this.create(this.users, body), 201);
      case call === 'GET /appointments/':
        return this.page(
          named(
            this.appointments.filter((a) => a.user_id === query.get('user_id')),
            query,
          ),
          query,
        );
      case call === 'POST /appointments/':
        return success(this.create(this.appointments, body), 201);
      case call.startsWith('DELETE /users/'):
        this.users = this.users.filter((user) => user.id !== id);
        this.files = this.files.filter((file) => file.user_id !== id);
        return success({ id });
      case call === 'GET /file/all':
        if (this.refuseLookups && query.has('path_name')) return refusal(503, 'database_unavailable');
        return this.found(
          this.files.filter((file) => isIn(file, query)),
          query,
        );
      case call === 'GET /file/folders':
        return this.page(this.foldersIn(query.get('path_name') ?? ''), query);
      case call === 'POST /file/folders/rename':
        return this.renameFolder(String(body['from']), String(body['to']));
      case call.startsWith('GET /file/appointment/'):
        return this.found(
          this.files.filter((file) => file.appointment_id === id),
          query,
        );
      case call.startsWith('GET /file/get/'):
        return this.get(id, headers);
      case call.startsWith('GET /file/content/'):
        return this.content(id, query, headers);
      case call.startsWith('GET /file/receipt/'):
        return this.get(id, headers).ok
          ? success({ receipt: 'signed', contents: { scanned_with: 'ClamAV 1.4.3/27900' } })
          : refusal(404, 'file_not_found');
      case call.startsWith('PATCH /file/'):
        return this.change(id, body, headers);
      case call.startsWith('POST /file/') && call.endsWith('/links'):
        return this.addLink(call.split('/')[2] ?? '', body);
      case call.startsWith('GET /file/') && call.endsWith('/links'):
        return this.page(this.links, query);
      case call.startsWith('DELETE /file/') && call.includes('/links/'):
        this.links = this.links.map((link) => (link.link_id === id ? { ...link, state: 'revoked' } : link));
        return success(this.links.find(({ link_id }) => link_id === id));
      case call.startsWith('DELETE /file/upload/'):
        return this.completeIsLost ? refusal(409, 'upload_completed') : success({ upload_id: id });
      case call.startsWith('DELETE /file/'):
        return this.remove(id, headers);
      default:
        return this.upload(call, body, headers);
    }
  }

  private upload(call: string, body: Record<string, unknown>, headers: Headers): Response {
    const ids = { upload_id: 'upload', file_id: 'file' };
    const chunk = { chunk_index: 0, part_number: 1, method: 'PUT', url: 'https://s.test', headers: {} };
    const signed = { ...chunk, expires_at: new Date(Date.now() + 3_600_000).toISOString() };
    switch (true) {
      case call === 'POST /file/upload/init/' && 'replaces' in body:
        return this.get(String(body['replaces']), headers).ok
          ? this.upload(call, {}, headers)
          : refusal(403, 'wrong_credential');
      case call === 'POST /file/upload/init/':
        return success({ ...ids, chunk_size: 5_242_880, total_chunks: 1, expires_at: NOW, chunks: [signed] });
      case call === 'POST /file/upload/chunk/':
        return success({ ...ids, chunks: [signed] });
      case call === 'POST /file/upload/retry':
        return success({
          ...ids,
          chunk_size: 5_242_880,
          size: this.openSize,
          expires_at: NOW,
          checksum_algorithm: null,
          uploaded: [],
          missing: [0],
          chunks: [signed],
        });
      case call === 'POST /file/upload/complete/':
        return success(this.complete(body), 201);
      case call.startsWith('GET /file/status/'):
        return this.status(call.split('/').at(-1) ?? '', headers);
      default:
        throw new Error(`Unmocked request: ${call}`);
    }
  }

  private complete(body: Record<string, unknown>): FileRecord {
    const { filename, total_size, user_id, appointment_id, credential, path_name, replaces } = body;
    this.completed = fileRecord({
      filename: String(filename),
      path_name: (path_name ?? null) as string | null,
      size: Number(total_size),
      user_id: (user_id ?? null) as string | null,
      appointment_id: (appointment_id ?? null) as string | null,
      is_private: credential !== undefined,
      ...(this.completeIsLost && { id: 'file' }),
      ...this.verdict,
    });
    this.files = [this.completed, ...this.files.filter(({ id }) => id !== replaces)];
    return { ...this.completed, virus_scan_status: 'pending' };
  }

  private get(id: string, headers: Headers): Response {
    const file = this.files.find((each) => each.id === id);
    if (!file) return refusal(404, 'file_not_found');
    const opens = JSON.stringify(this.credential) === headers.get('X-File-Credential');
    if (file.is_private && this.credential && !opens) return refusal(403, 'wrong_credential');
    if (this.refuseLinks) return refusal(503, 'storage_unavailable');
    return success({ ...file, download_url: file.is_quarantined ? null : 'https://storage.test/file' });
  }

  private content(id: string, query: URLSearchParams, headers: Headers): Response {
    const found = this.get(id, headers);
    if (!found.ok) return found;
    if (this.files.find((each) => each.id === id)?.is_quarantined) return refusal(410, 'file_gone');
    return success({ url: `https://storage.test/file?${query}`, expires_at: NOW });
  }

  private status(id: string, headers: Headers): Response {
    const found = this.get(id, headers);
    if (id === UNFINISHED_ID) return success({ stage: 'uploading', uploaded_bytes: 1 });
    const file = this.files.find((each) => each.id === id);
    if (found.ok && file) return success({ ...file, stage: this.stageOf(file) });
    return id === 'file' ? success({ stage: 'ready' }) : found;
  }

  private stageOf({ virus_scan_status: verdict }: FileRecord): string {
    return verdict === 'pending' ? 'queued' : verdict === 'scanning' ? 'scanning' : 'ready';
  }

  private remove(id: string, headers: Headers): Response {
    if (this.refuseDeletions) return refusal(422, 'legal_hold');
    if (this.isBehindBrokenProxy) return new Response('<h1>404 Not Found</h1>', { status: 404 });
    const found = this.get(id, headers);
    if (found.ok) this.files = this.files.filter((file) => file.id !== id);
    return found;
  }

  private change(id: string, changes: Record<string, unknown>, headers: Headers): Response {
    const answer = this.get(id, headers);
    const file = this.files.find((each) => each.id === id);
    if (!answer.ok || !file) return answer;
    if (String(changes['path_name']).includes('..')) return refusal(422, 'invalid_body');
    if (this.refuseMoves.includes(id)) return refusal(503, 'database_unavailable');
    if (headers.get('If-Match') !== `"${file.version}"`) return refusal(412, 'version_changed');
    const changed = { ...file, ...changes, version: file.version + 1 };
    this.replace(changed);
    return success(changed);
  }

  private foldersIn(parent: string): { path_name: string; name: string; created_at: string }[] {
    const start = parent === '' ? '' : `${parent}/`;
    const names = this.files
      .map(({ path_name }) => path_name ?? '')
      .filter((path) => path.startsWith(start) && path !== parent)
      .map((path) => path.slice(start.length).split('/')[0] ?? '')
      .filter(Boolean);
    return [...new Set(names)].sort().map((name) => ({ path_name: start + name, name, created_at: NOW }));
  }

  private renameFolder(from: string, to: string): Response {
    const isBelow = ({ path_name }: FileRecord, folder: string) =>
      path_name === folder || path_name?.startsWith(`${folder}/`);
    if (!this.files.some((file) => isBelow(file, from))) return refusal(404, 'folder_not_found');
    if (this.files.some((file) => isBelow(file, to))) return refusal(409, 'folder_exists');
    this.files = this.files.map((file) =>
      isBelow(file, from) ? { ...file, path_name: to + (file.path_name ?? '').slice(from.length) } : file,
    );
    return success({ from, to });
  }

  /** Changes a file as another client would. */
  replace(changed: FileRecord): void {
    this.files = this.files.map((file) => (file.id === changed.id ? changed : file));
  }

  private addLink(fileId: string, { max_downloads, password }: Record<string, unknown>): Response {
    const link_id = nextId();
    const limits = { max_downloads: (max_downloads ?? null) as number | null, has_password: !!password };
    const dates = { created_at: NOW, expires_at: NOW, last_used_at: null, revoked_at: null };
    const link: LinkRecord = {
      link_id,
      state: 'active',
      disposition: 'inline',
      downloads: 0,
      created_by: null,
      ...limits,
      ...dates,
    };
    this.links = [link, ...this.links];
    return success({ link_id, url: `https://l.test/${fileId}`, expires_at: NOW }, 201);
  }

  private create(list: Named[], body: Record<string, unknown>): Named {
    const made = { ...body, id: nextId(), created_at: NOW };
    list.unshift(made);
    return made;
  }

  /** Sorts as requested. A search examines `window` rows and returns a cursor to the next ones. */
  private found(files: readonly FileRecord[], query: URLSearchParams): Response {
    const sort = query.get('sort') ?? '-created_at';
    const name = sort.replace('-', '') as 'created_at' | 'filename' | 'size';
    const sign = sort.startsWith('-') ? -1 : 1;
    const compare = (a: FileRecord, b: FileRecord) =>
      sign * (a[name] < b[name] ? -1 : a[name] > b[name] ? 1 : 0);
    const sorted = [...files].sort(compare);
    const search = query.get('search');
    const verdict = query.get('virus_scan_status');
    if (search === null && verdict === null) return this.page(sorted, query);
    const at = Number(query.get('cursor') ?? 0);
    const end = at + this.window;
    const items = sorted
      .slice(at, end)
      .filter((file) => !verdict || file.virus_scan_status === verdict)
      .filter((file) => file.filename.toLowerCase().includes(search?.toLowerCase() ?? ''));
    return success({ items, next_cursor: end < sorted.length ? String(end) : null });
  }

  private page(items: readonly unknown[], query: URLSearchParams): Response {
    const at = Number(query.get('cursor') ?? 0);
    const end = at + Math.min(this.pageSize, Number(query.get('limit')));
    return success({ items: items.slice(at, end), next_cursor: end < items.length ? String(end) : null });
  }
}

/** Whether the query's user, folder and name include the file. */
function isIn({ user_id, path_name, filename }: FileRecord, query: URLSearchParams): boolean {
  const folder = query.get('path_name');
  const below =
    query.get('recursive') === 'true' && (folder === '' || (path_name ?? '').startsWith(`${folder}/`));
  return (
    (!query.has('user_id') || user_id === query.get('user_id')) &&
    (folder === null || below || (path_name ?? '') === folder) &&
    (!query.has('filename') || filename === query.get('filename'))
  );
}

const aborted = (signal?: AbortSignal) =>
  new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
  });

const quickClock: Clock = {
  now: () => Date.now(),
  sleep: async (_, signal) => {
    await Promise.resolve();
    signal?.throwIfAborted();
  },
};

const named = (list: readonly Named[], query: URLSearchParams): Named[] =>
  list.filter(({ name, title }) =>
    (name ?? title ?? '').toLowerCase().includes(query.get('search')?.toLowerCase() ?? ''),
  );
const found = (list: readonly Named[], id: string, code: string): Response => {
  const one = list.find((each) => each.id === id);
  return one ? success(one) : refusal(404, code);
};
const success = (data: unknown, status = 200) =>
  Response.json({ data, message: '', success: true }, { status });
const refusal = (status: number, code: string) =>
  Response.json({ code, message: `${code}.`, errors: [], success: false }, { status });
