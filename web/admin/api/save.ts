import { ApiError, type Auth, type Fetch, UnreachableError } from '../../client/index';

/** What a download needs of the page. */
export interface SaveTools {
  fetch: Fetch;
  /** The login of the page: the token is in a header, never in an address. */
  auth: Auth;
}

export interface SaveCall {
  path: string;
  /** The name of the saved file. */
  name: string;
  /** Called with all bytes that have arrived so far. */
  onProgress: (bytes: number) => void;
  signal: AbortSignal;
}

/** Chromium's dialog for the name of a file (https://wicg.github.io/file-system-access/#api-showsavefilepicker). */
type SavePicker = (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;

/**
 * Saves an answer of the API as a file. Where the browser can write files, the bytes go to the file as they arrive; else
 * the browser collects them, and saves them at the end. Nothing incomplete is saved. Throws ApiError,
 * UnreachableError, or the signal's reason; an AbortError if the user chooses no file.
 */
export async function saveAnswer(tools: SaveTools, call: SaveCall): Promise<void> {
  // first: browsers show the dialog only right after a click
  const file = await chooseFile(call.name);
  const body = await open(tools, call);
  try {
    const counted = body.pipeThrough(counting(call.onProgress));
    if (file) await counted.pipeTo(await file.createWritable(), { signal: call.signal });
    else offer(await new Response(counted).blob(), call.name);
  } catch (cause) {
    call.signal.throwIfAborted();
    throw new UnreachableError({ cause });
  }
}

function chooseFile(suggestedName: string): Promise<FileSystemFileHandle | null> {
  const { showSaveFilePicker } = window as { showSaveFilePicker?: SavePicker };
  return showSaveFilePicker ? showSaveFilePicker.call(window, { suggestedName }) : Promise.resolve(null);
}

async function open(
  { fetch, auth }: SaveTools,
  { path, signal }: SaveCall,
): Promise<ReadableStream<Uint8Array>> {
  const headers = await auth({ renew: false });
  let response: Response;
  try {
    response = await fetch(path, { headers, signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new UnreachableError({ cause });
  }
  if (response.status === 401) await auth({ renew: true });
  if (!response.ok || !response.body) throw await refusalOf(response);
  return response.body;
}

async function refusalOf(response: Response): Promise<ApiError> {
  const { status } = response;
  const unknown = { code: 'unexpected_answer', message: `The service answered ${status}. Try again later.` };
  const body = (await response.json().catch(() => ({}))) as object;
  return new ApiError(status, { ...unknown, errors: [], missing: [], ...body });
}

function counting(onProgress: (bytes: number) => void): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.length;
      onProgress(bytes);
      controller.enqueue(chunk);
    },
  });
}

/** Lets the browser save the bytes under this name. */
function offer(bytes: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(bytes);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // the browser has begun to read it by then
  setTimeout(() => URL.revokeObjectURL(link.href), REVOKE_AFTER);
}

/** Milliseconds. */
const REVOKE_AFTER = 60_000;
