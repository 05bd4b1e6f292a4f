import { isAccepted } from './accept';
import { latest, type Latest, Observable } from './observable';
import { filesOf, folderOf, type PickedFile, type RejectedFile, type Transferred } from './picked-files';

export interface DropzoneOptions {
  /** Receives the accepted files; `add` of a list of uploads accepts them. */
  onFiles: (files: PickedFile[]) => void;
  /** Receives the files of another type, those too many, and what could not be read. */
  onRejected?: ((files: RejectedFile[]) => void) | undefined;
  /** As the attribute of an `<input>`: `image/*,.pdf`; by default all files. */
  accept?: string | undefined;
  /** Default: true. Otherwise the first file is accepted. */
  multiple?: boolean | undefined;
  /** The dialog chooses a folder with all its files. Dropped folders are always accepted. */
  directory?: boolean | undefined;
  /** Whether a click on the element opens the dialog, as do Enter and Space. Default: true. */
  click?: boolean | undefined;
  /** Accepts files that are dropped or pasted anywhere on the page, instead of on the element only. */
  anywhere?: boolean | undefined;
  disabled?: boolean | undefined;
}

export interface DropzoneSnapshot {
  /** Whether files are dragged over the element, or over the page with `anywhere`. */
  readonly isDragging: boolean;
}

export interface DropzoneActions {
  /** Opens the browser's dialog, for a button. Works in the handler of a click or a key only. */
  readonly open: () => void;
}

/** The attributes of the element, besides its listeners. */
export interface DropzoneAttributes {
  role?: 'button';
  tabindex?: number;
  'aria-disabled'?: true;
  'data-dragging'?: '';
}

/** The names of the events that the element listens to. */
export const DROPZONE_EVENTS = [
  'click',
  'keydown',
  'dragenter',
  'dragover',
  'dragleave',
  'drop',
  'paste',
] as const;
export type DropzoneEvent = (typeof DROPZONE_EVENTS)[number];

/** What the listeners need of an event; the events of the browser and those of React both have it. */
export interface DropzoneEventLike {
  readonly target: EventTarget | null;
  readonly currentTarget: EventTarget | null;
  readonly relatedTarget?: EventTarget | null;
  readonly key?: string;
  readonly dataTransfer?: DataTransfer | null;
  readonly clipboardData?: DataTransfer | null;
  preventDefault(): void;
}
type Listener = (event: DropzoneEventLike) => void;

const IDLE: DropzoneSnapshot = { isDragging: false };
const DRAGGING: DropzoneSnapshot = { isDragging: true };
const PAGE_EVENTS = ['dragover', 'dragleave', 'drop', 'paste'] as const;
/** Elements that handle a click themselves. */
const INTERACTIVE = 'a, button, input, label, select, summary, textarea';

/** Files that are dropped, pasted, or chosen in the browser's dialog. */
export class Dropzone extends Observable<DropzoneSnapshot> {
  private input: HTMLInputElement | undefined;

  constructor(private readonly options: Latest<DropzoneOptions>) {
    super(IDLE);
  }

  readonly actions: DropzoneActions = { open: () => this.open() };

  /** The listeners of the element, by the names of their events. */
  readonly handlers: Record<DropzoneEvent, Listener> = {
    click: (event) => {
      if (this.opensByClick() && !isOfOther(event)) this.open();
    },
    keydown: (event) => {
      if (!this.opensByClick() || event.target !== event.currentTarget) return;
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault(); // Space would scroll
      this.open();
    },
    dragenter: (event) => this.onElement(this.dragOver, event),
    dragover: (event) => this.onElement(this.dragOver, event),
    dragleave: (event) => this.onElement(this.dragLeave, event),
    drop: (event) => this.onElement(this.drop, event),
    paste: (event) => this.onElement(this.paste, event),
  };

  /** Returns the attributes of the element, for the snapshot and the options that are rendered. */
  attributes({ isDragging }: DropzoneSnapshot, options = latest(this.options)): DropzoneAttributes {
    const { click = true, disabled = false } = options;
    return {
      ...(click && { role: 'button', tabindex: disabled ? -1 : 0 }),
      ...(disabled && { 'aria-disabled': true }),
      ...(isDragging && { 'data-dragging': '' }),
    };
  }

  protected override connect(): void {
    for (const name of PAGE_EVENTS) addEventListener(name, this.onPage);
  }

  protected override disconnect(): void {
    for (const name of PAGE_EVENTS) removeEventListener(name, this.onPage);
    if (this.getSnapshot().isDragging) this.publish(IDLE);
  }

  private readonly onPage = (event: Event): void => {
    if (!latest(this.options).anywhere) return;
    if (event.defaultPrevented) {
      this.setDragging(false); // another element accepts it
      return;
    }
    const handle = { dragover: this.dragOver, dragleave: this.dragLeave, drop: this.drop, paste: this.paste };
    handle[event.type as keyof typeof handle](event);
  };

  /** With `anywhere` the page's listeners handle the event, which reaches them later. */
  private onElement(handle: Listener, event: DropzoneEventLike): void {
    if (!latest(this.options).anywhere) handle(event);
  }

  private readonly dragOver: Listener = (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return; // text, perhaps for a field
    event.preventDefault(); // otherwise the browser opens the dropped file in place of the page
    if (!latest(this.options).disabled) this.setDragging(true);
  };

  private readonly dragLeave: Listener = ({ currentTarget, relatedTarget }) => {
    const isInside =
      relatedTarget && currentTarget instanceof Node && currentTarget.contains(relatedTarget as Node);
    // a page is left when nothing is entered; null also where the browser does not tell
    if (!isInside && !(relatedTarget && latest(this.options).anywhere)) this.setDragging(false);
  };

  private readonly drop: Listener = (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    this.setDragging(false);
    if (!latest(this.options).disabled) void this.acceptFrom(event.dataTransfer);
  };

  private readonly paste: Listener = (event) => {
    if (!event.clipboardData?.files.length || latest(this.options).disabled) return; // text is for the focused field
    event.preventDefault();
    void this.acceptFrom(event.clipboardData);
  };

  /** The input is not part of the page, so that the element needs no hidden child. */
  private open(): void {
    const { accept = '', multiple = true, directory = false, disabled } = latest(this.options);
    if (disabled) return;
    const input = document.createElement('input');
    this.input = input; // without a reference the browser may discard it while the dialog is open
    Object.assign(input, { type: 'file', accept, multiple, webkitdirectory: directory });
    input.addEventListener('change', () => {
      const files = [...(this.input?.files ?? [])];
      this.accept({ files: files.map((file) => ({ file, pathName: folderOf(file) })), unreadable: [] });
    });
    input.click();
  }

  private async acceptFrom(transfer: DataTransfer): Promise<void> {
    this.accept(await filesOf(transfer));
  }

  private accept({ files, unreadable }: Transferred): void {
    const { accept, multiple = true, onFiles, onRejected } = latest(this.options);
    const rejected = [...unreadable];
    const accepted: PickedFile[] = [];
    for (const picked of files) {
      const isTooMany = !multiple && accepted.length > 0;
      const reason = !isAccepted(picked.file, accept) ? 'type' : isTooMany ? 'too_many' : null;
      if (reason) rejected.push({ ...picked, name: picked.file.name, reason });
      else accepted.push(picked);
    }
    if (accepted.length > 0) onFiles(accepted);
    if (rejected.length > 0) onRejected?.(rejected);
  }

  private opensByClick(): boolean {
    return latest(this.options).click ?? true;
  }

  private setDragging(isDragging: boolean): void {
    if (isDragging !== this.getSnapshot().isDragging) this.publish(isDragging ? DRAGGING : IDLE);
  }
}

/** Whether the event is of a button or field inside the element. */
function isOfOther({ target, currentTarget }: DropzoneEventLike): boolean {
  const interactive = target instanceof Element ? target.closest(INTERACTIVE) : null;
  return (
    interactive !== null && interactive !== currentTarget && (currentTarget as Element).contains(interactive)
  );
}
