import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect, vi } from 'vitest';
import { App } from '../app';
import { AppContextProvider } from '../state/app-context';
import type { FakeBackend } from './fakes';

let close: (() => void) | null = null;

afterEach(() => {
  close?.();
  close = null;
  sessionStorage.clear();
});

export async function type(input: HTMLInputElement, value: string): Promise<void> {
  input.value = value;
  await act(() => void input.dispatchEvent(new Event('input', { bubbles: true })));
}

/** The page in the test's document. */
export class Page {
  constructor(private readonly root: HTMLElement) {}

  all(testId: string): HTMLElement[] {
    return [...this.root.querySelectorAll<HTMLElement>(`[data-testid="${testId}"]`)];
  }

  get(testId: string): HTMLElement {
    const [found] = this.all(testId);
    if (!found) throw new Error(`There is no element with the test id ${testId}.`);
    return found;
  }

  find(testId: string): Promise<HTMLElement> {
    return vi.waitFor(() => this.get(testId));
  }

  async click(testId: string): Promise<void> {
    const button = await this.find(testId);
    await act(() => button.click());
  }

  async fill(testId: string, value: string): Promise<void> {
    const input = (await this.find(testId)) as HTMLInputElement;
    await type(input, value);
  }

  async select(testId: string, value: string): Promise<void> {
    const select = (await this.find(testId)) as HTMLSelectElement;
    select.value = value;
    await act(() => void select.dispatchEvent(new Event('change', { bubbles: true })));
  }

  async submit(): Promise<void> {
    const form = (await this.find('dialog-confirm')).closest('form');
    await act(() => void form?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true })));
  }

  choose(...files: File[]): void {
    const input = this.get('drop-input') as HTMLInputElement;
    Object.defineProperty(input, 'files', { configurable: true, value: files });
    input.dispatchEvent(new Event('change', { bubbles: true }));
  }

  states(): (string | null)[] {
    return this.all('file-row').map((row) => row.getAttribute('data-state'));
  }

  names(): string[] {
    return this.all('file-name').map((name) => name.textContent);
  }

  async settles(...states: string[]): Promise<void> {
    await vi.waitFor(() => expect(this.states()).toEqual(states));
  }
}

export function openPage(backend: FakeBackend): Page {
  const root = document.createElement('div');
  document.body.append(root);
  // act() runs the effects, so that the listeners are set up
  void act(() => {
    render(
      <AppContextProvider value={backend.context()}>
        <App />
      </AppContextProvider>,
      root,
    );
  });
  close = () => {
    render(null, root);
    root.remove();
  };
  return new Page(root);
}
