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
const state = document.createElement('output');

function create<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
): HTMLElementTagNameMap[K] {
  return Object.assign(document.createElement(tag), properties);
}

/** Starts all demos, or shows in each place why they cannot run, with a button that tries again. */
async function start(): Promise<void> {
  const found = await reach();
  state.value = found === 'ready' ? 'It answers.' : PROBLEMS[found];
  for (const place of places) {
    place.replaceChildren();
    if (found !== 'ready') showProblem(place, PROBLEMS[found]);
  }
  if (found === 'ready')
    await Promise.all(places.map(async (place) => DEMOS[place.dataset['demo'] ?? '']?.(place)));
}

function showProblem(place: HTMLElement, problem: string): void {
  const again = create('button', { type: 'button', textContent: 'Try again' });
  again.addEventListener('click', () => void retry(place));
  place.append(create('p', { textContent: problem }), again);
}

/** The focus stays in the place whose button was pressed. */
async function retry(place: HTMLElement): Promise<void> {
  await start();
  (place.querySelector('button') ?? place).focus();
}

/** Shows a field for the service's address. */
function showService(place: HTMLElement): void {
  const form = create('form');
  const label = create('label', { textContent: 'The demos upload to ' });
  const address = create('input', { type: 'url', required: true, value: endpoint, size: 28 });
  label.append(address);
  form.append(label, ' ', create('button', { textContent: 'Change' }), ' ', state);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    changeService(address.value);
  });
  place.append(form);
}

document.querySelectorAll<HTMLElement>('.demo-service').forEach(showService);
for (const place of places) place.tabIndex = -1; // for the focus, when its button is gone
void start();
