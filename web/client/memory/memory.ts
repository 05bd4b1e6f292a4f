import { optionalHelper } from '../network/timeouts';

/** An open upload as it is stored for the next page: no URL, no credential, no secret. */
export interface RememberedUpload {
  upload_id: string;
  file_id: string;
  endpoint: string;
  name: string;
  /** Where the file goes, and which file it replaces: an upload resumes only for the same. */
  path_name?: string | undefined;
  replaces?: string | undefined;
  /** Bytes. */
  size: number;
  /** The file's modification time, milliseconds since the epoch; 0 for a Blob. */
  last_modified: number;
  /** Until when storage keeps the parts, RFC 3339. */
  expires_at: string;
}

/** Stores open uploads. Its failures are ignored: an upload works without it. */
export interface UploadMemory {
  all(): Promise<RememberedUpload[]>;
  remember(upload: RememberedUpload): Promise<void>;
  forget(upload_id: string): Promise<void>;
}

const STORE = 'uploads';

/** Stores open uploads in IndexedDB; where the browser has none, as in some private windows, it stores nothing. */
export function indexedDbMemory(name = 'longshore'): UploadMemory {
  let database: Promise<IDBDatabase> | undefined;
  const ask = async <T>(
    mode: IDBTransactionMode,
    question: (store: IDBObjectStore) => IDBRequest<T>,
    otherwise: T,
  ): Promise<T> => {
    try {
      const opened = await (database ??= open(name));
      return await answerOf(question(opened.transaction(STORE, mode).objectStore(STORE)));
    } catch {
      database = undefined; // it did not open, or the browser closed it: the next call opens it again
      return otherwise;
    }
  };
  return {
    all: () =>
      ask<RememberedUpload[]>('readonly', (store) => store.getAll() as IDBRequest<RememberedUpload[]>, []),
    remember: async (upload) => {
      await ask<IDBValidKey>('readwrite', (store) => store.put(upload), '');
    },
    forget: async (upload_id) => {
      await ask<undefined>('readwrite', (store) => store.delete(upload_id), undefined);
    },
  };
}

/** Wraps a memory so that uploads ignore its failures and do not wait long for it. */
export function optionalMemory(memory: UploadMemory): UploadMemory {
  const ask = optionalHelper();
  return {
    all: () => ask(() => memory.all(), []),
    remember: (upload) => ask(() => memory.remember(upload), undefined),
    forget: (upload_id) => ask(() => memory.forget(upload_id), undefined),
  };
}

/** Stores nothing. */
export const noMemory: UploadMemory = {
  all: () => Promise.resolve([]),
  remember: () => Promise.resolve(),
  forget: () => Promise.resolve(),
};

function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'upload_id' });
  return answerOf(request);
}

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error());
  });
}
