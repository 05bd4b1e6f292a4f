const CHOSEN = 'longshore-service';
const DEFAULT = 'http://127.0.0.1:8000';

/** The address of the service: the one that was entered in this tab, else the one of `./dev docs --serve`. */
export const endpoint =
  sessionStorage.getItem(CHOSEN) ??
  document.querySelector<HTMLElement>('[data-service]')?.dataset['service'] ??
  DEFAULT;

/** Loads the page again with another service. */
export function changeService(address: string): void {
  sessionStorage.setItem(CHOSEN, new URL(address).origin);
  location.reload();
}

/** Whether this page can upload: `refused` to this page's origin, or `login` that the demos do not have. */
export type Reach = 'ready' | 'login' | 'refused' | 'stopped';

/** Asks the service. */
export async function reach(): Promise<Reach> {
  try {
    const { ok, status } = await fetch(`${endpoint}/api/v1/file/all?limit=1`);
    if (status === 401 || status === 403) return 'login';
    return ok ? 'ready' : 'stopped';
  } catch {
    return (await answersAtAll()) ? 'refused' : 'stopped';
  }
}

/** An answer without CORS headers is hidden from the page, but there is one. */
async function answersAtAll(): Promise<boolean> {
  try {
    await fetch(endpoint, { mode: 'no-cors' });
    return true;
  } catch {
    return false;
  }
}
