import { type FileRecord, LongshoreError, type Upload, type UploadOptions } from '../client/index';
import { type Entry, type EntryState, stateOfFile, stateOfStage } from './entry';
import type { LongshoreUploadEvents } from './events';

export interface EntriesHooks {
  /** Starts the upload of a file, with these callbacks. */
  upload: (file: File, callbacks: UploadOptions) => Upload;
  /** An entry was changed. */
  update: () => void;
  announce: (entry: Entry) => void;
  emit: (name: keyof LongshoreUploadEvents, entry: Entry, more?: object) => void;
}

/** The files of an element and their uploads. */
export class Entries {
  readonly all: Entry[] = [];

  constructor(private readonly hooks: EntriesHooks) {}

  /** Takes a file, and uploads it if its type is accepted. */
  take(file: File, isAccepted: boolean): void {
    const entry: Entry = { file, name: file.name, state: 'waiting' };
    this.all.push(entry);
    if (isAccepted) this.start(entry, file);
    else
      Object.assign(entry, {
        state: 'failed',
        error: new LongshoreError('wrong_type', 'The type is not in `accept`.'),
      });
    this.hooks.emit('added', entry);
    if (entry.error) this.hooks.emit('failed', entry, { error: entry.error });
  }

  /** Takes a file of a form that the browser restored: it is stored already. */
  restore(record: Pick<FileRecord, 'id' | 'filename'>): void {
    this.all.push({ name: record.filename, state: 'accepted', record });
  }

  /** Removes a file, and aborts its upload. */
  drop(entry: Entry): void {
    this.all.splice(this.all.indexOf(entry), 1);
    entry.upload?.abort();
    this.hooks.emit('removed', entry);
  }

  dropAll(): void {
    for (const entry of [...this.all]) this.drop(entry);
  }

  retry(entry: Entry): void {
    if (entry.file) this.start(entry, entry.file);
  }

  togglePause({ upload }: Entry): void {
    if (upload?.paused) upload.resume();
    else upload?.pause();
  }

  private start(entry: Entry, file: File): void {
    const upload = this.hooks.upload(file, {
      onStage: (stage) => this.showStage(entry, upload, stateOfStage(stage) ?? entry.state),
      onProgress: (progress) => {
        if (this.change(entry, upload, { progress })) this.hooks.emit('progress', entry, progress);
      },
      onStored: (record) => {
        if (this.change(entry, upload, { record, state: 'stored' }))
          this.hooks.emit('stored', entry, { record });
      },
    });
    Object.assign(entry, {
      upload,
      state: 'waiting',
      error: undefined,
      progress: undefined,
      record: undefined,
    });
    upload.done.then(
      (record) => this.end(entry, upload, { record, state: stateOfFile(record) }, 'done'),
      (error: unknown) => this.end(entry, upload, { error: error as Error, state: 'failed' }, 'failed'),
    );
  }

  private showStage(entry: Entry, upload: Upload, state: EntryState): void {
    const wasPaused = entry.state === 'paused';
    if (!this.change(entry, upload, { state }) || wasPaused === upload.paused) return;
    this.hooks.announce(entry);
    this.hooks.emit(upload.paused ? 'paused' : 'resumed', entry);
  }

  private end(entry: Entry, upload: Upload, changes: Partial<Entry>, event: 'done' | 'failed'): void {
    if (!this.change(entry, upload, changes)) return;
    this.hooks.announce(entry);
    this.hooks.emit(event, entry, event === 'done' ? { record: changes.record } : { error: changes.error });
  }

  /** Changes an entry; returns false if it was removed, or another try of it has started. */
  private change(entry: Entry, upload: Upload, changes: Partial<Entry>): boolean {
    if (!this.all.includes(entry) || entry.upload !== upload) return false;
    Object.assign(entry, changes);
    this.hooks.update();
    return true;
  }
}
