import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect } from 'vitest';
import { TestPage } from '../../shared/tests/page';
import { App } from '../app';
import { AppContextProvider } from '../page/app-context';
import { later } from '../page/later-part';
import type { FakeBackend } from './fakes';
import { soon } from '../../client/tests/soon';

await later.load(); // as it is after the first look

let close: (() => void) | null = null;

afterEach(() => {
  close?.();
  close = null;
  sessionStorage.clear();
  history.replaceState(null, '', '/');
});

/** The page in the test's document. */
export class Page extends TestPage {
  choose(...files: File[]): void {
    this.give('drop-input', ...files);
  }

  /** Chooses files in the dialog of an input. */
  give(testId: string, ...files: File[]): void {
    const input = this.get(testId) as HTMLInputElement;
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
    await soon(() => expect(this.states()).toEqual(states));
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

/** Goes to an address as the back button does. */
export function goTo(address: string): Promise<void> {
  return act(() => {
    history.replaceState(null, '', address);
    dispatchEvent(new PopStateEvent('popstate'));
  });
}
