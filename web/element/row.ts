import type { Entry, EntryState } from './entry';
import { describeError, type Messages } from './messages';

export interface RowActions {
  remove: () => void;
  retry: () => void;
  /** Pauses, or resumes a paused upload. */
  pause: () => void;
}

/** Creates an element with its part (https://www.w3.org/TR/css-shadow-parts-1/). */
export function create<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  part?: string,
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (part) element.setAttribute('part', part);
  return element;
}

export function createButton(part: string, onPress: () => void): HTMLButtonElement {
  const button = create('button', part);
  button.type = 'button';
  button.addEventListener('click', onPress);
  return button;
}

/** The row of one file. Names of files are untrusted, so they are only ever text. */
export class Row {
  readonly element = create('li', 'item');
  private readonly name = create('bdi');
  private readonly status = create('span', 'status');
  private readonly bar = create('progress', 'progress');
  /** One button, so that it keeps the focus; its part is `pause` or `resume`. */
  private readonly pause: HTMLButtonElement;
  private readonly retry: HTMLButtonElement;
  private readonly remove: HTMLButtonElement;

  constructor(actions: RowActions) {
    this.pause = createButton('pause', actions.pause);
    this.retry = createButton('retry', actions.retry);
    this.remove = createButton('remove', actions.remove);
    const name = create('span', 'name');
    name.append(this.name);
    this.element.append(name, this.status, this.pause, this.retry, this.remove, this.bar);
  }

  show(entry: Entry, messages: Messages, isDisabled: boolean): void {
    const { state, progress, error, name, file } = entry;
    this.element.setAttribute('part', `item ${state}`);
    this.name.textContent = name;
    const reason = error && describeError(messages, error);
    this.status.textContent = [messages.stages[state], shareOf(entry, messages), reason]
      .filter(Boolean)
      .join(' · ');
    this.bar.hidden = !isMoving(entry);
    this.bar.ariaLabel = name;
    if (progress && progress.size > 0) this.bar.value = progress.sent / progress.size;
    this.showPause(state, name, messages);
    this.retry.hidden = state !== 'failed' || !file || !entry.upload;
    this.retry.textContent = messages.retryShort;
    this.retry.ariaLabel = messages.retry(name);
    this.remove.textContent = messages.removeShort;
    this.remove.ariaLabel = messages.remove(name);
    this.remove.disabled = this.retry.disabled = this.pause.disabled = isDisabled;
  }

  private showPause(state: EntryState, name: string, messages: Messages): void {
    const { pause } = this;
    const isPaused = state === 'paused';
    const hadFocus = (pause.getRootNode() as ShadowRoot).activeElement === pause;
    pause.setAttribute('part', isPaused ? 'resume' : 'pause');
    pause.textContent = isPaused ? messages.resumeShort : messages.pauseShort;
    pause.ariaLabel = isPaused ? messages.resume(name) : messages.pause(name);
    pause.hidden = !isPaused && !PAUSABLE.has(state);
    if (hadFocus && pause.hidden) this.remove.focus();
  }
}

/** In later states all bytes are sent. */
const PAUSABLE: ReadonlySet<EntryState> = new Set<EntryState>([
  'waiting',
  'comparing',
  'uploading',
  'retrying',
  'offline',
]);

const isMoving = ({ state }: Entry): boolean =>
  ['waiting', 'comparing', 'uploading', 'offline', 'retrying', 'paused', 'completing'].includes(state);

function shareOf(entry: Entry, messages: Messages): string {
  const { progress } = entry;
  if (!progress || progress.size === 0 || !isMoving(entry)) return '';
  return messages.percent(String(Math.floor((100 * progress.sent) / progress.size)));
}
