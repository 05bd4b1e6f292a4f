import type { Credential, FileRecord } from '../../client/index';
import { createLink } from '../api/file-details';
import { archiveNames, safeName } from '../zip/names';
import type { AppContext } from '../page/app-context';
import type { BulkFailure } from './bulk';
import { forEachFile, given } from './for-each-file';
import { BROWSER, startZip } from '../zip/zip-downloads';

/** The actions on several files. The credential is for the private ones among them. */
export class BulkActions {
  constructor(private readonly context: AppContext) {}

  /** Throws for the first private file that the credential does not open. */
  async check(files: readonly FileRecord[], credential: Credential): Promise<void> {
    for (const file of files.filter(({ is_private }) => is_private))
      await this.context.files.check(file.id, credential).catch((error: unknown) => {
        throw new BulkError(file, error);
      });
  }

  delete(files: readonly FileRecord[], credential?: Credential): void {
    this.context.deletions.addAll(files, credential);
  }

  scanAgain(files: readonly FileRecord[], credential?: Credential): Promise<BulkFailure[]> {
    const { entries, uploading, files: api } = this.context;
    return forEachFile(files, async (file) => {
      const own = entries.get().find(({ record }) => record?.id === file.id);
      if (own) uploading.get()?.queue.retry(own.key);
      else await api.scanAgain(file.id, given(file, credential));
    });
  }

  move(files: readonly FileRecord[], folder: string, credential?: Credential): Promise<BulkFailure[]> {
    return this.context.moves.move(files, folder, credential);
  }

  /** Creates a link to each file; returns their URLs in the order of the files, undefined for those that failed. */
  async createLinks(
    files: readonly FileRecord[],
    expiresIn: number,
    credential?: Credential,
  ): Promise<{ urls: (string | undefined)[]; failures: BulkFailure[] }> {
    const { http } = this.context;
    const urls = new Map<string, string>();
    const failures = await forEachFile(files, async (file) => {
      const { url } = await createLink(http, file.id, { expires_in: expiresIn }, given(file, credential));
      urls.set(file.id, url);
    });
    return { urls: files.map(({ id }) => urls.get(id)), failures };
  }

  /** Downloads the files as one archive, with their folders below `base`. It is called like that folder, else `name`. */
  async zip(
    files: readonly FileRecord[],
    base: string,
    name: string,
    credential?: Credential,
  ): Promise<void> {
    const paths = archiveNames(files, base);
    const items = files.map((file, at) => ({
      file,
      path: paths[at] ?? file.id,
      credential: given(file, credential),
    }));
    const { zips, files: api, clock, zipParts = BROWSER } = this.context;
    const folder = base.split('/').at(-1) ?? '';
    const tools = { files: api, clock, parts: zipParts };
    await startZip(zips, `${safeName(folder === '' ? name : folder)}.zip`, items, tools);
  }
}

/** An error about one of several files. */
export class BulkError extends Error {
  constructor(
    readonly file: FileRecord,
    override readonly cause: unknown,
  ) {
    super('', { cause });
  }
}
