import { beforeEach, describe, expect, test } from 'vitest';
import {
  COMPLETE,
  FakeService,
  FILE_ID,
  INIT,
  numbered,
  onlineNetwork,
  refusal,
} from '../../client/tests/fakes';
import { hashOf } from '../../client/hash/hash';
import { noMemory } from '../../client/memory/memory';
import type { LongshoreUpload } from '../element';
import { soon } from '../../client/tests/soon';

/** What happy-dom lacks of https://html.spec.whatwg.org/#elementinternals */
class FakeInternals {
  role = '';
  ariaLabel = '';
  form = null;
  labels: { textContent: string }[] = [];
  value: [string, string][] = [];
  state = '';
  flags: ValidityStateFlags = {};
  message = '';
  anchor: unknown;
  setFormValue(value: FormData, state: string): void {
    this.value = [...value] as [string, string][];
    this.state = state;
  }
  setValidity(flags: ValidityStateFlags, message = '', anchor?: unknown): void {
    Object.assign(this, { flags, message, anchor });
  }
}

const FILE_EVENTS = [
  'added',
  'progress',
  'stored',
  'done',
  'failed',
  'paused',
  'resumed',
  'removed',
] as const;

let service: FakeService;
let internals: FakeInternals;
let seen: string[];
HTMLElement.prototype.attachInternals = () =>
  (internals = new FakeInternals()) as unknown as ElementInternals;
await import('../index');

beforeEach(() => {
  service = new FakeService();
  seen = [];
  document.body.replaceChildren();
});

/** The element on a page in English. */
function open(attributes: Record<string, string> = {}): LongshoreUpload {
  const element = document.createElement('longshore-upload');
  for (const [name, value] of Object.entries({ name: 'cv', lang: 'en', ...attributes }))
    element.setAttribute(name, value);
  const { fetch, transport, clock } = service;
  element.options = {
    fetch,
    transport,
    clock,
    network: onlineNetwork,
    memory: noMemory,
    checksum: null,
    hasher: hashOf,
  };
  for (const name of [...FILE_EVENTS, 'change'] as const)
    document.body.addEventListener(name, () => seen.at(-1) !== name && seen.push(name), { once: false });
  document.body.append(element);
  return element;
}

const file = (name = 'cv.pdf', size = 15) => new File([numbered(size)], name, { type: 'application/pdf' });
const shown = (element: LongshoreUpload, part: string) =>
  [...(element.shadowRoot?.querySelectorAll(`[part~="${part}"]`) ?? [])].map(
    ({ textContent }) => textContent,
  );
const press = (element: LongshoreUpload, part: string) =>
  element.shadowRoot?.querySelector<HTMLButtonElement>(`[part~="${part}"]`)?.click();

describe('the form', () => {
  test('gets the id of a clean file, and cannot be sent before', async () => {
    const element = open({ required: '', grant: 'a-token', policy: 'cvs', 'path-name': 'a/b' });
    expect([internals.flags, internals.message]).toEqual([{ valueMissing: true }, 'Choose a file.']);
    element.add([file()]);
    expect(internals.flags).toEqual({ customError: true });
    expect(internals.message).toMatch(/^Wait until cv\.pdf /);
    await soon(() => expect(element.value).toBe(FILE_ID));

    expect([internals.flags, internals.value]).toEqual([{}, [['cv', FILE_ID]]]);
    expect(seen).toEqual(['added', 'progress', 'stored', 'change', 'done']);
    expect(shown(element, 'status')).toEqual(['Ready']);
    expect(service.bodies(INIT)).toMatchObject([{ policy: 'cvs', path_name: 'a/b', filename: 'cv.pdf' }]);
    expect(service.requests[0]?.headers.get('Authorization')).toBe('Bearer a-token');
  });

  test.each([
    ['infected', 'Infected'],
    ['blocked', 'Blocked'],
    ['error', "Couldn't be scanned"],
  ] as const)('does not get a file that is %s', async (verdict, text) => {
    service.verdict = verdict;
    const element = open();
    element.add([file()]);
    await soon(() => expect(shown(element, 'status')).toEqual([text]));
    expect([element.values, internals.value, internals.message]).toEqual([
      [],
      [],
      'cv.pdf cannot be sent. Remove it or try again.',
    ]);
    press(element, 'remove');
    expect([internals.flags, shown(element, 'item')]).toEqual([{}, []]);
  });

  test('gets a stored file with until="stored", until its verdict refuses it', async () => {
    service.verdict = 'infected';
    let answer: (response: Response) => void = () => undefined;
    const stalled = new Promise<Response>((resolve) => (answer = resolve));
    service.answerOnce(`GET /file/status/${FILE_ID}`, () => stalled);
    const element = open({ until: 'stored' });
    element.add([file()]);
    await soon(() => expect(internals.value).toHaveLength(0));
    await soon(() => expect(seen).toContain('stored'));
    answer(refusal(503, 'database_unavailable'));
    await soon(() => expect(shown(element, 'status')).toEqual(['Infected']));
    expect(seen.filter((name) => name === 'change')).toHaveLength(2);
    expect(element.value).toBe('');
  });

  test('a failed upload is tried again', async () => {
    service.answerOnce(COMPLETE, () => refusal(422, 'policy_refused'));
    const element = open();
    element.add([file()]);
    await soon(() => expect(seen.at(-1)).toBe('failed'));
    expect(shown(element, 'status')).toEqual(['Failed · policy_refused, do something.']);
    press(element, 'retry');
    await soon(() => expect(element.value).toBe(FILE_ID));
  });

  test('an upload is paused and resumed by one button, which keeps the focus', async () => {
    service.onPut = () => new Promise(() => undefined);
    const element = open();
    element.add([file()]);
    await soon(() => expect(shown(element, 'status')).toEqual(['Uploading']));
    const button = element.shadowRoot?.querySelector<HTMLButtonElement>('[part="pause"]');
    expect([button?.textContent, button?.ariaLabel]).toEqual(['Pause', 'Pause cv.pdf']);
    button?.focus();
    button?.click();
    expect([button?.textContent, button?.ariaLabel]).toEqual(['Resume', 'Resume cv.pdf']);
    expect([seen.at(-1), shown(element, 'status')]).toEqual(['paused', ['Paused']]);
    press(element, 'resume');
    expect([seen.at(-1), button?.textContent]).toEqual(['resumed', 'Pause']);
    expect(element.shadowRoot?.activeElement).toBe(button);
  });

  test('without a pause after the last byte, the focus is on Remove', async () => {
    let answer: (response: Response) => void = () => undefined;
    service.answerOnce(COMPLETE, () => new Promise<Response>((resolve) => (answer = resolve)));
    const element = open({ lang: 'de' });
    element.add([file()]);
    const button = element.shadowRoot?.querySelector<HTMLButtonElement>('[part="pause"]');
    expect(button?.ariaLabel).toBe('cv.pdf anhalten');
    button?.focus();
    await soon(() => expect(shown(element, 'status')).toEqual(['Wird abgeschlossen · 100 %']));
    expect([button?.hidden, element.shadowRoot?.activeElement?.textContent]).toEqual([true, 'Entfernen']);
    answer(refusal(422, 'policy_refused'));
    await soon(() => expect(seen.at(-1)).toBe('failed'));
  });

  test('is reset, and restored by the browser', async () => {
    const element = open();
    element.add([file()]);
    await soon(() => expect(element.value).toBe(FILE_ID));
    const { state } = internals;
    service.verdict = 'clean';
    element.formResetCallback();
    expect([element.value, internals.value, shown(element, 'item')]).toEqual(['', [], []]);
    element.formStateRestoreCallback(state);
    expect(element.value).toBe(FILE_ID);
    element.formStateRestoreCallback(null);
    expect(element.value).toBe(FILE_ID);
  });

  test('without a name sends nothing', async () => {
    const element = open();
    element.name = '';
    element.add([file()]);
    await soon(() => expect(element.value).toBe(FILE_ID));
    expect(internals.value).toEqual([]);
  });
});

describe('files', () => {
  test('one replaces the one before, several need `multiple`', () => {
    service.onPut = () => new Promise(() => undefined);
    const element = open();
    element.add([file('a'), file('b')]);
    element.add([file('c')]);
    expect(shown(element, 'name')).toEqual(['c']);
    element.multiple = true;
    element.add([file('d'), file('e')]);
    expect(shown(element, 'name')).toEqual(['c', 'd', 'e']);
  });

  test('of another type are refused, without an upload', () => {
    const element = open({ accept: 'image/*' });
    element.add([file()]);
    expect([seen, service.requests]).toEqual([['added', 'failed'], []]);
    expect(shown(element, 'status')).toEqual([
      'Failed · This type of file is not accepted. Choose another file.',
    ]);
  });

  test('a disabled element takes none', () => {
    const element = open();
    element.formDisabledCallback(true);
    element.add([file()]);
    expect([shown(element, 'item'), element.shadowRoot?.querySelector('button')?.disabled]).toEqual([
      [],
      true,
    ]);
  });
});

describe('attributes', () => {
  test('are properties, also those that were set before the definition', () => {
    const element = open();
    element.pathName = 'a';
    element.required = true;
    expect([element.getAttribute('path-name'), element.hasAttribute('required')]).toEqual(['a', true]);
    element.required = false;
    Object.assign(element, { grant: null });
    expect([element.hasAttribute('required'), element.grant]).toEqual([false, '']);
    Object.defineProperty(element, 'policy', { value: 'early', configurable: true });
    element.connectedCallback();
    expect(element.getAttribute('policy')).toBe('early');
  });

  test('the language is that of the nearest element', () => {
    const element = open({ lang: '' });
    document.documentElement.lang = 'de-AT';
    element.multiple = true;
    expect(shown(element, 'button')).toEqual(['Dateien wählen']);
    element.lang = 'en';
    expect(shown(element, 'button')).toEqual(['Choose files']);
    document.documentElement.lang = '';
  });
});
