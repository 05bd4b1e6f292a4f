import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect } from 'vitest';
import { Login } from '../../shared/state/login';
import { PageContextProvider } from '../../shared/state/page-context';
import { TestPage } from '../../shared/tests/page';
import { AdminPage } from '../app';
import { createAdminContext } from '../state/admin-context';
import type { FakeService } from './fake-service';

let close: (() => void) | null = null;

afterEach(() => {
  close?.();
  close = null;
  sessionStorage.clear();
  history.replaceState(null, '', '#/');
});

/** The operator page in the test's document. */
export class AdminTestPage extends TestPage {
  /** Opens another view, as a link does. */
  async goTo(address: string): Promise<void> {
    await act(() => {
      history.replaceState(null, '', address);
      dispatchEvent(new HashChangeEvent('hashchange'));
    });
  }

  /** The texts of a table's cells of one column. */
  texts(selector: string): string[] {
    return [...this.root.querySelectorAll(selector)].map((cell) => cell.textContent.trim());
  }

  async press(testId: string, key: string): Promise<void> {
    const target = await this.find(testId);
    await act(
      () => void target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })),
    );
  }
}

/** Opens the page at an address such as `#/files?search=a`. At the test's end, no request may have had no endpoint. */
export function openAdmin(service: FakeService, address: string): AdminTestPage {
  history.replaceState(null, '', address);
  const root = document.createElement('div');
  document.body.append(root);
  const context = createAdminContext({ fetch: service.fetch, login: new Login(() => undefined) });
  void act(() => {
    render(
      <PageContextProvider value={context}>
        <AdminPage />
      </PageContextProvider>,
      root,
    );
  });
  close = () => {
    render(null, root);
    root.remove();
    expect(service.unknown).toEqual([]);
  };
  return new AdminTestPage(root);
}
