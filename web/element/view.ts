import type { Entry } from './entry';
import type { Messages } from './messages';
import { create, createButton, Row, type RowActions } from './row';
import { STYLES } from './styles';

export interface ViewActions {
  open: () => void;
  /** Takes files that were chosen or dropped. */
  add: (files: Iterable<File>) => void;
  /** Returns the actions of an entry's row. */
  actionsOf: (entry: Entry) => RowActions;
}

/** What is shown, besides the entries: properties of the element. */
export interface Shown {
  multiple: boolean;
  required: boolean;
  accept: string;
  isDisabled: boolean;
}

/** The element's shadow tree: the drop zone with its button, the rows, and what screen readers announce. */
export class View {
  readonly button: HTMLButtonElement;
  private readonly zone = create('div', 'dropzone');
  private readonly prompt = create('slot');
  private readonly buttonText = create('slot');
  private readonly rules = create('span');
  private readonly input = create('input');
  private readonly list = create('ul', 'list');
  private readonly announcer = create('div');
  private readonly rows = new Map<Entry, Row>();
  private isDisabled = false;

  constructor(
    host: HTMLElement,
    private readonly actions: ViewActions,
  ) {
    const root = host.attachShadow({ mode: 'open', delegatesFocus: true });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    root.adoptedStyleSheets = [sheet];
    this.button = createButton('button', actions.open);
    this.fillZone();
    this.announcer.className = 'hidden';
    this.announcer.role = 'status';
    root.append(this.zone, this.list, this.announcer);
    this.acceptDrops(host);
  }

  /** Opens the browser's dialog to choose files; browsers require a click or a key. */
  choose(): void {
    this.input.click();
  }

  show(entries: readonly Entry[], shown: Shown, messages: Messages): void {
    const { multiple, required, accept, isDisabled } = shown;
    this.isDisabled = isDisabled;
    this.prompt.textContent = multiple ? messages.drop : messages.dropOne;
    this.buttonText.textContent = multiple ? messages.choose : messages.chooseOne;
    this.rules.textContent = required ? messages.required : '';
    Object.assign(this.input, { multiple, accept, disabled: isDisabled });
    this.button.disabled = isDisabled;
    this.list.hidden = entries.length === 0;
    this.removeRows(entries);
    for (const entry of entries) this.rowOf(entry).show(entry, messages, isDisabled);
  }

  announce(text: string): void {
    this.announcer.textContent = text;
  }

  private removeRows(entries: readonly Entry[]): void {
    for (const [entry, row] of this.rows) {
      if (entries.includes(entry)) continue;
      row.element.remove();
      this.rows.delete(entry);
    }
  }

  private rowOf(entry: Entry): Row {
    const known = this.rows.get(entry);
    if (known) return known;
    const row = new Row(this.actions.actionsOf(entry));
    this.rows.set(entry, row);
    this.list.append(row.element);
    return row;
  }

  private fillZone(): void {
    const hint = create('slot');
    this.prompt.name = 'prompt';
    this.buttonText.name = 'button';
    hint.name = 'hint';
    const [aroundPrompt, aroundHint] = [create('span', 'prompt'), create('span', 'hint')];
    aroundPrompt.append(this.prompt);
    aroundHint.append(hint);
    aroundHint.id = 'hint';
    this.rules.id = 'rules';
    this.rules.className = 'hidden';
    this.button.append(this.buttonText);
    this.button.setAttribute('aria-describedby', 'rules hint');
    this.input.type = 'file';
    this.input.hidden = true;
    this.input.addEventListener('change', () => this.takeChosen());
    this.zone.append(aroundPrompt, this.button, aroundHint, this.rules, this.input);
  }

  private takeChosen(): void {
    const chosen = [...(this.input.files ?? [])];
    this.input.value = ''; // otherwise choosing the same file again is no change
    this.actions.add(chosen);
  }

  private acceptDrops(host: HTMLElement): void {
    const show = (isOver: boolean) => this.zone.setAttribute('part', isOver ? 'dropzone over' : 'dropzone');
    host.addEventListener('dragover', (event) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      show(!this.isDisabled);
    });
    host.addEventListener('dragleave', () => show(false));
    host.addEventListener('drop', (event) => {
      event.preventDefault();
      show(false);
      this.actions.add(event.dataTransfer?.files ?? []);
    });
  }
}
