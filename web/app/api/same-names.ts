import type { FileRecord, HttpClient } from '../../client/index';
import { MAX_PAGE_SIZE, type Page, pageQuery } from '../../shared/api/pages';

/** A check without an answer in this time has failed. Milliseconds. */
const TIMEOUT = 10_000;

/** Which files are compared: of one owner (default: all that the caller may list) and of one user (default: any). */
export interface Belonging {
  owner?: string | undefined;
  userId?: string | undefined;
}

/** Looks up files by their folder and name. No call is retried: an upload waits for it. */
export class SameNamesApi {
  constructor(private readonly http: HttpClient) {}

  /** Returns the files of this name in a folder, the newest first. */
  async named(pathName: string, filename: string, belonging: Belonging): Promise<FileRecord[]> {
    const page = await this.call({ path_name: pathName, filename }, belonging);
    return page.items;
  }

  /** Returns one page of the files in a folder; with `recursive` also of those in folders below it. */
  inFolder(
    pathName: string,
    recursive: boolean,
    belonging: Belonging,
    cursor?: string,
  ): Promise<Page<FileRecord>> {
    return this.call({ path_name: pathName, recursive: recursive ? 'true' : undefined }, belonging, cursor);
  }

  private call(
    filter: Record<string, string | undefined>,
    { owner, userId }: Belonging,
    cursor?: string,
  ): Promise<Page<FileRecord>> {
    const query = pageQuery({ limit: MAX_PAGE_SIZE, cursor }, { ...filter, owner, user_id: userId });
    return this.http.call(`/api/v1/file/all?${query}`, {
      repeat: 'once',
      signal: AbortSignal.timeout(TIMEOUT),
    });
  }
}
