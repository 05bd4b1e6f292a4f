import type { Credential, FileRecord, RememberedUpload } from '../../client/index';
import type { SameNamesApi } from '../api/same-names';
import { allows } from '../../shared/api/account';
import type { Login } from '../../shared/state/login';
import { Store } from '../../shared/state/store';
import type { ChosenFile } from './chosen-files';
import type { RowState } from '../file/file-state';
import { numbered } from './path-name';
import { NameCheck, placeOf } from './same-names';
import type { Replaced, SameName, SharedDetails, UploadEntry } from '../uploads/upload-entry';
import type { UploadQueue } from '../uploads/uploads';

/** What to do with a file whose name is taken. */
export type Choice = 'keep-both' | 'replace' | 'skip';

/** Why a stored file can't be replaced; null: it can. */
export type NotReplaceable = 'uploading' | 'hold' | 'scope' | null;

/** So many files are added at once: browsers ask the disk for the size of each, which blocks the page meanwhile. */
const SLICE = 50;
const ENDED: ReadonlySet<RowState> = new Set<RowState>(['failed', 'cancelled']);

/**
 * Adds files to the queue, and asks before a name is used twice in a folder. A file waits in the queue while its name is
 * looked up; without an answer of the service it is uploaded.
 */
export class Additions {
  /** Whether the dialog that asks is open. */
  readonly isAsking = new Store(false);
  private folder = '';

  constructor(
    private readonly queue: UploadQueue,
    private readonly api: SameNamesApi,
    private readonly login: Login,
    /** Whether the user has just deleted the file, although the service may still have it. */
    private readonly isDeleted: (id: string) => boolean,
    /** Whether the file is that of an unfinished upload, which resumes under its name. */
    private readonly isUnfinished: (file: UploadEntry) => boolean,
    /** Throws where the credential does not open the private file. */
    private readonly checkCredential: (id: string, credential: Credential) => Promise<void>,
  ) {}

  /** `folder`: the one that the page shows. Private files without a credential wait for `setCredential`. */
  async add(files: readonly ChosenFile[], shared: SharedDetails, folder = ''): Promise<void> {
    this.folder = folder;
    const keys: number[] = [];
    for (let at = 0; at < files.length; at += SLICE) {
      if (at > 0) await new Promise((resolve) => setTimeout(resolve));
      keys.push(...this.queue.hold(files.slice(at, at + SLICE), shared));
    }
    if (!shared.isPrivate || shared.credential) await this.check(keys);
  }

  /** Resumes an unfinished upload with its file, which the user chose again. */
  resume(upload: RememberedUpload, file: File, shared: SharedDetails): void {
    this.queue.start(this.queue.hold([{ file, pathName: '' }], shared, upload));
  }

  /** Uploads the files that waited for a password; without one they are not private. */
  async setCredential(credential: Credential | undefined): Promise<void> {
    const keys = this.queue.setCredential(credential);
    this.queue.start(keys.filter((key) => this.queue.isResumed(key)));
    await this.check(keys.filter((key) => !this.queue.isResumed(key)));
  }

  /** Tries a failed or cancelled file again; where it starts from the beginning, its name is checked again. */
  async retry(key: number): Promise<void> {
    if (this.queue.reset(key)) await this.check([key]);
    else this.queue.retry(key);
  }

  /** Why the stored file of this name can't be replaced; null: it can. */
  notReplaceable({ file }: SameName): NotReplaceable {
    const account = this.login.account.get();
    if (!file) return 'uploading';
    if (account && !allows(account.scopes, 'delete')) return 'scope';
    return file.legal_hold ? 'hold' : null;
  }

  /** The files that wait for the user's choice, the first one first. */
  questions(): UploadEntry[] {
    const entries = this.queue.entries.get().filter(({ state }) => state === 'needs-choice');
    return entries.reverse();
  }

  /** Carries out the choice for the first file, or for all that wait for one. */
  decide(choice: 'keep-both' | 'skip', forAll: boolean): void {
    const entries = this.asked(forAll);
    const keys = entries.map(({ key }) => key);
    if (choice === 'skip') {
      this.queue.entries.remove(...keys);
      return;
    }
    this.queue.answer(new Map(keys.map((key) => [key, null])));
    void this.keepBoth(entries);
  }

  /**
   * Replaces the stored file of the first name, or those of all names that can be replaced, private ones where the
   * credential opens them. Throws where it does not open the first one; then nothing is replaced.
   */
  async replace(forAll: boolean, credential: Credential | undefined): Promise<void> {
    const replaced = new Map<number, Replaced>();
    for (const [at, { key, sameName }] of this.asked(forAll).entries()) {
      const file = sameName && this.notReplaceable(sameName) === null ? sameName.file : null;
      if (!file) continue;
      if (!file.is_private) replaced.set(key, { id: file.id });
      else if (credential && (await this.opens(file.id, credential, at === 0)))
        replaced.set(key, { id: file.id, credential });
    }
    // some may have been cancelled meanwhile
    const left = new Set(this.questions().map(({ key }) => key));
    const answers = new Map([...replaced].filter(([key]) => left.has(key)));
    this.queue.answer(answers);
    this.queue.start([...answers.keys()]);
  }

  /** Whether the credential opens the private file. With `throws` a refusal is thrown. */
  private async opens(id: string, credential: Credential, throws: boolean): Promise<boolean> {
    try {
      await this.checkCredential(id, credential);
      return true;
    } catch (error) {
      if (throws) throw error;
      return false;
    }
  }

  private asked(forAll: boolean): UploadEntry[] {
    return this.questions().slice(0, forAll ? undefined : 1);
  }

  /** Numbers the files one after the other, so that each name is used once, and starts them. */
  private async keepBoth(entries: readonly UploadEntry[]): Promise<void> {
    for (const { key, pathName, name } of entries) {
      this.queue.rename(key, await this.freeName(key, pathName, name));
      this.queue.start([key]);
    }
  }

  /** Returns the name with the first free number. Where the service does not answer, only this page's files count. */
  private async freeName(key: number, pathName: string, name: string): Promise<string> {
    const check = this.checkFor(key);
    const own = this.placesUnderWay();
    for (let number = 2; ; number += 1) {
      const candidate = numbered(name, number);
      if (own.has(this.assignedPlace({ key, pathName, name: candidate }))) continue;
      if (!(await check.find(pathName, candidate).catch(() => undefined))) return candidate;
    }
  }

  private async check(keys: readonly number[]): Promise<void> {
    const wanted = new Set(keys);
    const entries = this.queue.entries
      .get()
      .filter(({ key }) => wanted.has(key))
      .reverse();
    const resumed = entries.filter((entry) => this.isUnfinished(entry));
    this.queue.start(resumed.map(({ key }) => key));
    const fresh = entries.filter((entry) => !resumed.includes(entry));
    const twins = this.twinsAmong(fresh);
    this.queue.ask(twins);
    const others = fresh.filter(({ key }) => !twins.has(key));
    let isAsked = twins.size > 0;
    const open = new Set(others.map(({ key }) => key));
    try {
      for await (const { free, taken } of this.stored(others)) {
        this.queue.start(free);
        this.queue.ask(new Map([...taken].map(([key, file]) => [key, { file }])));
        for (const key of [...free, ...taken.keys()]) open.delete(key);
        isAsked ||= taken.size > 0;
      }
    } catch {
      // the service does not answer: the uploads below show why
    }
    this.queue.start([...open]);
    if (isAsked) this.isAsking.set(true);
  }

  /** Yields which of the names are free, and which a stored file has. A key that may not list files finds none. */
  private async *stored(entries: readonly UploadEntry[]) {
    const account = this.login.account.get();
    if (account !== null && !allows(account.scopes, 'read')) return;
    const groups = new Map<string, UploadEntry[]>();
    for (const entry of entries) {
      const { userId = '', appointmentId = '' } = this.queue.assignmentOf(entry.key);
      const assignment = `${userId} ${appointmentId}`;
      const group = groups.get(assignment);
      if (group) group.push(entry);
      else groups.set(assignment, [entry]);
    }
    for (const group of groups.values()) {
      const [first] = group;
      if (first) yield* this.checkFor(first.key).check(group, this.folder);
    }
  }

  /** The files of other users and appointments are in other lists, so that they may have the same name. */
  private checkFor(key: number): NameCheck {
    const { userId, appointmentId } = this.queue.assignmentOf(key);
    const account = this.login.account.get();
    const subject = account?.subject ?? null;
    const isRelevant = (file: FileRecord) =>
      !file.is_quarantined &&
      !this.isDeleted(file.id) &&
      file.user_id === (userId ?? null) &&
      file.appointment_id === (appointmentId ?? null) &&
      (account === null || file.owner === undefined || file.owner === subject);
    const owner = subject !== null && account?.scopes.includes('admin') ? subject : undefined;
    return new NameCheck(this.api, { owner, userId }, isRelevant);
  }

  /** Returns those of the files whose name an earlier one has, of the same selection or of those under way. */
  private twinsAmong(entries: readonly UploadEntry[]): Map<number, SameName> {
    const checked = new Set(entries.map(({ key }) => key));
    const places = this.placesUnderWay((key) => !checked.has(key));
    const twins = new Map<number, SameName>();
    for (const entry of entries) {
      const place = this.assignedPlace(entry);
      if (places.has(place)) twins.set(entry.key, { file: null });
      places.add(place);
    }
    return twins;
  }

  /** Returns the places of the files that are not stored yet. */
  private placesUnderWay(includes: (key: number) => boolean = () => true): Set<string> {
    const underWay = this.queue.entries
      .get()
      .filter(({ state, record }) => record === null && !ENDED.has(state));
    return new Set(underWay.filter(({ key }) => includes(key)).map((entry) => this.assignedPlace(entry)));
  }

  private assignedPlace({ key, pathName, name }: Pick<UploadEntry, 'key' | 'pathName' | 'name'>): string {
    const { userId = '', appointmentId = '' } = this.queue.assignmentOf(key);
    return `${userId}/${appointmentId}/${placeOf(pathName, name)}`;
  }
}
