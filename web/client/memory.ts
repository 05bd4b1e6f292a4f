import { optionalHelper } from './timeouts';

/** An open upload as it is remembered from one page to the next: no URL, no credential, nothing that opens anything. */
export interface RememberedUpload {
  upload_id: string;
  file_id: string;
  endpoint: string;
  name: string;
  /** Bytes. */
  size: number;
  /** When the file was last changed, milliseconds since the epoch; 0 for bytes that are no file. */
  last_modified: number;
  /** RFC 3339: until then storage keeps the parts. */
  expires_at: string;
}

/** Where open uploads are remembered. What fails there is nobody's failure: an upload goes on without a memory. */
export interface UploadMemory {
  all(): Promise<RememberedUpload[]>;
  remember(upload: RememberedUpload): Promise<void>;
  forget(upload_id: string): Promise<void>;
}

const STORE = 'uploads';

/** IndexedDB, in a database of the page's origin; where the browser has none (or not in private windows): nothing. */
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
      database = undefined; // it did not open, or the browser has closed it: the next question opens it again
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

/** A memory that no upload waits long for, and whose failures are no upload's. */
export function optionalMemory(memory: UploadMemory): UploadMemory {
  const ask = optionalHelper();
  return {
    all: () => ask(() => memory.all(), []),
    remember: (upload) => ask(() => memory.remember(upload), undefined),
    forget: (upload_id) => ask(() => memory.forget(upload_id), undefined),
  };
}

/** Nothing is remembered. */
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
    request.onerror = () => reject(request.error ?? new Error('IndexedDB refused.'));
  });
}
