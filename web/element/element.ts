import {
  type Auth,
  type FileRecord,
  LongshoreError,
  type Progress,
  type Upload,
  type UploadDetails,
  Uploader,
  type UploaderOptions,
} from '../client/index';
import { isAccepted } from './accept';
import {
  type Entry,
  type EntryState,
  outcomeOf,
  problemOf,
  stateOfFile,
  stateOfStage,
  type Until,
} from './entry';
import { describeError, languageOf, type Messages, messagesOf } from './messages';
import { create, createButton, Row } from './row';
import { STYLES } from './styles';

/** The `detail` of every event about a file. */
export interface UploadFileDetail {
  /** Undefined for a file of a form that the browser restored. */
  file: File | undefined;
  filename: string;
  /** The engine's handle, to pause or abort; undefined if the file's type is not accepted. */
  upload: Upload | undefined;
}

/** The events of the element, which all bubble; besides, `input` and `change` when its value changes. */
export interface LongshoreUploadEvents {
  added: CustomEvent<UploadFileDetail>;
  progress: CustomEvent<UploadFileDetail & Progress>;
  /** The file is stored, its verdict is pending. */
  stored: CustomEvent<UploadFileDetail & { record: FileRecord }>;
  /** The verdict is known, whatever it is. */
  done: CustomEvent<UploadFileDetail & { record: FileRecord }>;
  failed: CustomEvent<UploadFileDetail & { error: Error }>;
  paused: CustomEvent<UploadFileDetail>;
  resumed: CustomEvent<UploadFileDetail>;
  removed: CustomEvent<UploadFileDetail>;
}

/** `HTMLElement`; server-side rendering has none, but can import the module. */
const Base =
  (globalThis.HTMLElement as typeof HTMLElement | undefined) ?? (Object as unknown as typeof HTMLElement);

/** Text attributes and their properties; a missing attribute is ''. */
const TEXTS = {
  endpoint: 'endpoint',
  policy: 'policy',
  grant: 'grant',
  name: 'name',
  accept: 'accept',
  pathName: 'path-name',
};
const FLAGS = ['multiple', 'required', 'disabled'] as const;
const OBSERVED = [...Object.values(TEXTS), ...FLAGS, 'until', 'lang'];

/** What the browser stores for a form that it restores. */
type Restored = Pick<FileRecord, 'id' | 'filename'>[];

/** A form control that uploads files by Longshore; its value are the ids of the files that have arrived. */
export class LongshoreUpload extends Base {
  static readonly formAssociated = true;
  static readonly observedAttributes = OBSERVED;

  declare endpoint: string;
  declare policy: string;
  declare grant: string;
  declare name: string;
  declare accept: string;
  declare pathName: string;
  declare multiple: boolean;
  declare required: boolean;
  declare disabled: boolean;

  /** More details of each file: userId, appointmentId, credential, detail, replaces. */
  details: UploadDetails = {};
  /** Returns the headers of each call, instead of `grant`. */
  auth: Auth | undefined;
  /** More options of the engine, such as `bandwidth`. Set them before the first file. */
  options: Partial<UploaderOptions> = {};

  private readonly internals = this.attachInternals();
  private readonly entries: Entry[] = [];
  private readonly rows = new Map<Entry, Row>();
  private readonly zone = create('div', 'dropzone');
  private readonly prompt = create('slot');
  private readonly button = createButton('button', () => this.open());
  private readonly buttonText = create('slot');
  private readonly hint = create('slot');
  private readonly rules = create('span');
  private readonly input = create('input');
  private readonly list = create('ul', 'list');
  private readonly announcer = create('div');
  private uploader: Uploader | undefined;
  private isDisabled = false;
  private lastValue = '';

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open', delegatesFocus: true });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    root.adoptedStyleSheets = [sheet];
    this.internals.role = 'group';
    this.input.type = 'file';
    this.input.hidden = true;
    this.input.addEventListener('change', () => this.takeChosen());
    this.prompt.name = 'prompt';
    this.buttonText.name = 'button';
    this.hint.name = 'hint';
    const [prompt, hint] = [create('span', 'prompt'), create('span', 'hint')];
    prompt.append(this.prompt);
    hint.append(this.hint);
    this.rules.id = 'rules';
    this.rules.className = 'hidden';
    this.announcer.className = 'hidden';
    this.announcer.role = 'status';
    this.button.append(this.buttonText);
    this.button.setAttribute('aria-describedby', 'rules hint');
    hint.id = 'hint';
    this.zone.append(prompt, this.button, hint, this.rules, this.input);
    root.append(this.zone, this.list, this.announcer);
    this.acceptDrops();
    // a click on the label of the control is one on the control itself
    this.addEventListener('click', (event) => {
      if (event.composedPath()[0] === this) this.open();
    });
  }

  /** The id of the file, the first one with `multiple`; '' for none. */
  get value(): string {
    return this.values[0] ?? '';
  }

  /** The ids of all files that the form sends. */
  get values(): string[] {
    return this.accepted().map(({ id }) => id);
  }

  /** When a file counts: once it is `clean` (default, or allowed by the service without a scan), or once it is `stored`. */
  get until(): Until {
    return this.getAttribute('until') === 'stored' ? 'stored' : 'clean';
  }

  set until(until: Until) {
    this.setAttribute('until', until);
  }

  get form(): HTMLFormElement | null {
    return this.internals.form;
  }

  get labels(): NodeList {
    return this.internals.labels;
  }

  get type(): string {
    return this.localName;
  }

  get validity(): ValidityState {
    return this.internals.validity;
  }

  get validationMessage(): string {
    return this.internals.validationMessage;
  }

  get willValidate(): boolean {
    return this.internals.willValidate;
  }

  checkValidity(): boolean {
    return this.internals.checkValidity();
  }

  reportValidity(): boolean {
    return this.internals.reportValidity();
  }

  /** Opens the browser's dialog to choose files; browsers require a click or a key. */
  open(): void {
    if (!this.isDisabled) this.input.click();
  }

  /** Uploads files; without `multiple` only the first one, which replaces the file before. */
  add(files: Iterable<File>): void {
    if (this.isDisabled) return;
    const chosen = this.multiple ? [...files] : [...files].slice(0, 1);
    if (chosen.length > 0 && !this.multiple) for (const entry of [...this.entries]) this.drop(entry);
    for (const file of chosen) this.take(file);
    this.update();
  }

  /** Aborts all uploads and removes all files from the form. They stay in the service if they are stored. */
  clear(): void {
    for (const entry of [...this.entries]) this.drop(entry);
    this.update();
  }

  override addEventListener<K extends keyof LongshoreUploadEvents>(
    type: K,
    listener: (this: LongshoreUpload, event: LongshoreUploadEvents[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener<K extends Exclude<keyof HTMLElementEventMap, keyof LongshoreUploadEvents>>(
    type: K,
    listener: (this: LongshoreUpload, event: HTMLElementEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(...all: unknown[]): void {
    super.addEventListener(...(all as Parameters<HTMLElement['addEventListener']>));
  }

  connectedCallback(): void {
    for (const property of [...Object.keys(TEXTS), ...FLAGS, 'until']) this.upgrade(property);
    this.update();
  }

  attributeChangedCallback(name: string): void {
    if (name === 'endpoint') this.uploader = undefined;
    this.update();
  }

  formDisabledCallback(isDisabled: boolean): void {
    this.isDisabled = isDisabled;
    this.update();
  }

  formResetCallback(): void {
    this.clear();
  }

  /** The browser restores a form, after going back or a restart: its files are stored already. */
  formStateRestoreCallback(state: unknown): void {
    if (typeof state !== 'string') return;
    this.clear();
    for (const record of JSON.parse(state) as Restored)
      this.appendEntry({ name: record.filename, state: 'accepted', record });
    this.update();
  }

  /** A property that was set before the element was defined hides the accessor of the class. */
  private upgrade(property: string): void {
    if (!Object.hasOwn(this, property)) return;
    const value: unknown = Reflect.get(this, property);
    Reflect.deleteProperty(this, property);
    Reflect.set(this, property, value);
  }

  private get messages(): Messages {
    return messagesOf(languageOf(this));
  }

  private takeChosen(): void {
    const chosen = [...(this.input.files ?? [])];
    this.input.value = ''; // otherwise choosing the same file again is no change
    this.add(chosen);
  }

  private acceptDrops(): void {
    const show = (isOver: boolean) => this.zone.setAttribute('part', isOver ? 'dropzone over' : 'dropzone');
    this.addEventListener('dragover', (event) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      show(!this.isDisabled);
    });
    this.addEventListener('dragleave', () => show(false));
    this.addEventListener('drop', (event) => {
      event.preventDefault();
      show(false);
      this.add(event.dataTransfer?.files ?? []);
    });
  }

  private take(file: File): void {
    const entry: Entry = { file, name: file.name, state: 'waiting' };
    this.appendEntry(entry);
    if (isAccepted(file, this.accept)) this.start(entry, file);
    else
      Object.assign(entry, {
        state: 'failed',
        error: new LongshoreError('wrong_type', 'The type is not in `accept`.'),
      });
    this.emit('added', entry);
    if (entry.error) this.emit('failed', entry, { error: entry.error });
  }

  private appendEntry(entry: Entry): void {
    const row = new Row({
      remove: () => {
        this.drop(entry);
        this.button.focus();
        this.update();
      },
      pause: () => {
        if (entry.upload?.paused) entry.upload.resume();
        else entry.upload?.pause();
      },
      retry: () => {
        if (entry.file) this.start(entry, entry.file);
        this.button.focus();
        this.update();
      },
    });
    this.entries.push(entry);
    this.rows.set(entry, row);
    this.list.append(row.element);
  }

  private start(entry: Entry, file: File): void {
    this.uploader ??= this.createUploader();
    const upload = this.uploader.upload(file, {
      ...(this.policy && { policy: this.policy }),
      ...(this.pathName && { pathName: this.pathName }),
      ...this.details,
      onStage: (stage) => this.showStage(entry, upload, stateOfStage(stage) ?? entry.state),
      onProgress: (progress) => {
        if (this.change(entry, upload, { progress })) this.emit('progress', entry, progress);
      },
      onStored: (record) => {
        if (this.change(entry, upload, { record, state: 'stored' })) this.emit('stored', entry, { record });
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
    this.announce(entry);
    this.emit(upload.paused ? 'paused' : 'resumed', entry);
  }

  private createUploader(): Uploader {
    const auth: Auth = (wanted) => {
      if (this.auth) return this.auth(wanted);
      return this.grant ? { Authorization: `Bearer ${this.grant}` } : {};
    };
    return new Uploader({ endpoint: this.endpoint, auth, ...this.options });
  }

  private end(entry: Entry, upload: Upload, changes: Partial<Entry>, event: 'done' | 'failed'): void {
    if (!this.change(entry, upload, changes)) return;
    this.announce(entry);
    this.emit(event, entry, event === 'done' ? { record: changes.record } : { error: changes.error });
  }

  /** Changes an entry; returns false if it was removed, or another try of it has started. */
  private change(entry: Entry, upload: Upload, changes: Partial<Entry>): boolean {
    if (!this.rows.has(entry) || entry.upload !== upload) return false;
    Object.assign(entry, changes);
    this.update();
    return true;
  }

  private drop(entry: Entry): void {
    this.entries.splice(this.entries.indexOf(entry), 1);
    this.rows.get(entry)?.element.remove();
    this.rows.delete(entry);
    entry.upload?.abort();
    this.emit('removed', entry);
  }

  private accepted(): Restored {
    return this.entries.flatMap((entry) =>
      entry.record && outcomeOf(entry, this.until) === 'accepted' ? entry.record : [],
    );
  }

  /** Brings what is shown, the form's value and the validity up to date. */
  private update(): void {
    const { messages, isDisabled } = this;
    const label = [...this.internals.labels].map(({ textContent }) => textContent?.trim()).join(' ');
    this.internals.ariaLabel = label || messages.label;
    this.prompt.textContent = this.multiple ? messages.drop : messages.dropOne;
    this.buttonText.textContent = this.multiple ? messages.choose : messages.chooseOne;
    this.rules.textContent = this.required ? messages.required : '';
    this.input.multiple = this.multiple;
    this.input.accept = this.accept;
    this.input.disabled = this.button.disabled = isDisabled;
    for (const [entry, row] of this.rows) row.show(entry, messages, isDisabled);
    this.list.hidden = this.entries.length === 0;
    this.updateForm(messages);
  }

  private updateForm(messages: Messages): void {
    const accepted = this.accepted();
    const sent = new FormData();
    if (this.name) for (const { id } of accepted) sent.append(this.name, id);
    const state: Restored = accepted.map(({ id, filename }) => ({ id, filename }));
    this.internals.setFormValue(sent, JSON.stringify(state));
    const { required, until } = this;
    const problem = problemOf(this.entries, { required, until }, messages);
    if (problem) this.internals.setValidity(problem.flags, problem.message, this.button);
    else this.internals.setValidity({});
    const value = this.values.join(' ');
    if (value === this.lastValue) return;
    this.lastValue = value;
    for (const name of ['input', 'change'])
      this.dispatchEvent(new Event(name, { bubbles: true, composed: name === 'input' }));
  }

  private announce(entry: Entry): void {
    const { messages } = this;
    const reason = entry.error && describeError(messages, entry.error);
    const text = [messages.stages[entry.state], reason].filter(Boolean).join('. ');
    this.announcer.textContent = messages.announce(entry.name, text);
  }

  private emit(name: keyof LongshoreUploadEvents, entry: Entry, more: object = {}): void {
    const { file, name: filename, upload } = entry;
    const detail = { file, filename, upload, ...more };
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }
}

for (const [property, attribute] of Object.entries(TEXTS))
  Object.defineProperty(LongshoreUpload.prototype, property, {
    configurable: true,
    enumerable: true,
    get(this: Element) {
      return this.getAttribute(attribute) ?? '';
    },
    set(this: Element, text: string | null | undefined) {
      if (text === null || text === undefined) this.removeAttribute(attribute);
      else this.setAttribute(attribute, text);
    },
  });
for (const flag of FLAGS)
  Object.defineProperty(LongshoreUpload.prototype, flag, {
    configurable: true,
    enumerable: true,
    get(this: Element) {
      return this.hasAttribute(flag);
    },
    set(this: Element, isSet: unknown) {
      this.toggleAttribute(flag, Boolean(isSet));
    },
  });
