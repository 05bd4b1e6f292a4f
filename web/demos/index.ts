/** Starts the demos of a page of the manual, once the service answers that they upload to. */
import { DEMOS } from './demos';
import { changeService, endpoint, type Reach, reach } from './service';

const PROBLEMS: Record<Exclude<Reach, 'ready'>, string> = {
  stopped: 'Start ./dev up, then try again.',
  refused: `The service does not allow uploads from this page. Start it with CORS_ORIGINS=${location.origin} ./dev up, then try again.`,
  login:
    'The service requires a login, which the demos do not have. Start ./dev up without LOGIN=on, then try again.',
};

const places = [...document.querySelectorAll<HTMLElement>('.demo')];

function create<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
): HTMLElementTagNameMap[K] {
  return Object.assign(document.createElement(tag), properties);
}

/** Starts all demos, or shows in each place why they cannot run and a button that tries again. */
async function start(): Promise<void> {
  const found = await reach();
  for (const place of places) {
    place.replaceChildren();
    if (found === 'ready') await DEMOS[place.dataset['demo'] ?? '']?.(place);
    else showProblem(place, PROBLEMS[found]);
  }
}

function showProblem(place: HTMLElement, problem: string): void {
  const again = create('button', { type: 'button', textContent: 'Try again' });
  again.addEventListener('click', () => void retry(place, again));
  place.append(create('p', { role: 'status', textContent: `${problem} (${endpoint})` }), again);
}

/** Keeps the focus in the place whose button was pressed. */
async function retry(place: HTMLElement, button: HTMLButtonElement): Promise<void> {
  button.textContent = 'Trying …';
  await start();
  (place.querySelector('button') ?? place).focus();
}

/** A field for the service's address. */
function showService(place: HTMLElement): void {
  const form = create('form');
  const label = create('label', { textContent: 'The demos upload to ' });
  const address = create('input', { type: 'url', required: true, value: endpoint, size: 28 });
  label.append(address);
  form.append(label, create('button', { textContent: 'Change' }));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    changeService(address.value);
  });
  place.append(form);
}

document.querySelectorAll<HTMLElement>('.demo-service').forEach(showService);
for (const place of places) place.tabIndex = -1;
void start();
