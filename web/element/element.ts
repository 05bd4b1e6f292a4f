import {
  type Auth,
  type FileRecord,
  type Upload,
  type UploadDetails,
  type UploadOptions,
  Uploader,
  type UploaderOptions,
} from '../client/index';
import { isAccepted } from './accept';
import { defineProperties, OBSERVED, upgradeProperties } from './attributes';
import { Entries } from './entries';
import { type Entry, outcomeOf, problemOf, type Until } from './entry';
import type { LongshoreUploadEvents } from './events';
import { describeError, languageOf, type Messages, messagesOf } from './messages';
import type { RowActions } from './row';
import { View } from './view';

/** `HTMLElement`; server-side rendering has none, but can import the module. */
const Base =
  (globalThis.HTMLElement as typeof HTMLElement | undefined) ?? (Object as unknown as typeof HTMLElement);

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
  private readonly entries = new Entries({
    upload: (file, callbacks) => this.upload(file, callbacks),
    update: () => this.update(),
    announce: (entry) => this.announce(entry),
    emit: (name, entry, more) => this.emit(name, entry, more),
  });
  private readonly view = new View(this, {
    open: () => this.open(),
    add: (files) => this.add(files),
    actionsOf: (entry) => this.actionsOf(entry),
  });
  private uploader: Uploader | undefined;
  private isDisabled = false;
  private lastValue = '';

  constructor() {
    super();
    this.internals.role = 'group';
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
    if (!this.isDisabled) this.view.choose();
  }

  /** Uploads files; without `multiple` only the first one, which replaces the file before. */
  add(files: Iterable<File>): void {
    if (this.isDisabled) return;
    const chosen = this.multiple ? [...files] : [...files].slice(0, 1);
    if (chosen.length > 0 && !this.multiple) this.entries.dropAll();
    for (const file of chosen) this.entries.take(file, isAccepted(file, this.accept));
    this.update();
  }

  /** Aborts all uploads and removes all files from the form. They stay in the service if they are stored. */
  clear(): void {
    this.entries.dropAll();
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
    upgradeProperties(this);
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
    for (const record of JSON.parse(state) as Restored) this.entries.restore(record);
    this.update();
  }

  private get messages(): Messages {
    return messagesOf(languageOf(this));
  }

  private actionsOf(entry: Entry): RowActions {
    return {
      remove: () => {
        this.entries.drop(entry);
        this.view.button.focus();
        this.update();
      },
      pause: () => this.entries.togglePause(entry),
      retry: () => {
        this.entries.retry(entry);
        this.view.button.focus();
        this.update();
      },
    };
  }

  private upload(file: File, callbacks: UploadOptions): Upload {
    this.uploader ??= this.createUploader();
    return this.uploader.upload(file, {
      ...(this.policy && { policy: this.policy }),
      ...(this.pathName && { pathName: this.pathName }),
      ...this.details,
      ...callbacks,
    });
  }

  private createUploader(): Uploader {
    const auth: Auth = (wanted) => {
      if (this.auth) return this.auth(wanted);
      return this.grant ? { Authorization: `Bearer ${this.grant}` } : {};
    };
    return new Uploader({ endpoint: this.endpoint, auth, ...this.options });
  }

  private accepted(): Restored {
    return this.entries.all.flatMap((entry) =>
      entry.record && outcomeOf(entry, this.until) === 'accepted' ? entry.record : [],
    );
  }

  /** Brings what is shown, the form's value and the validity up to date. */
  private update(): void {
    const { messages, multiple, required, accept, isDisabled } = this;
    const label = [...this.internals.labels].map(({ textContent }) => textContent?.trim()).join(' ');
    this.internals.ariaLabel = label || messages.label;
    this.view.show(this.entries.all, { multiple, required, accept, isDisabled }, messages);
    this.updateForm(messages);
  }

  private updateForm(messages: Messages): void {
    const accepted = this.accepted();
    const sent = new FormData();
    if (this.name) for (const { id } of accepted) sent.append(this.name, id);
    const state: Restored = accepted.map(({ id, filename }) => ({ id, filename }));
    this.internals.setFormValue(sent, JSON.stringify(state));
    const { required, until } = this;
    const problem = problemOf(this.entries.all, { required, until }, messages);
    if (problem) this.internals.setValidity(problem.flags, problem.message, this.view.button);
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
    this.view.announce(messages.announce(entry.name, text));
  }

  private emit(name: keyof LongshoreUploadEvents, entry: Entry, more: object = {}): void {
    const { file, name: filename, upload } = entry;
    const detail = { file, filename, upload, ...more };
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }
}

defineProperties(LongshoreUpload.prototype);
