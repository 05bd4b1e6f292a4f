import { act } from 'preact/test-utils';
import { vi } from 'vitest';
import { soon } from '../../client/tests/soon';

const XHTML = 'http://www.w3.org/1999/xhtml';

export async function type(input: HTMLInputElement, value: string): Promise<void> {
  input.value = value;
  await act(() => void input.dispatchEvent(new Event('input', { bubbles: true })));
}

/** Records the frames of downloads; they are elements that load nothing. */
export function recordFrames(): HTMLIFrameElement[] {
  const frames: HTMLIFrameElement[] = [];
  vi.spyOn(document, 'createElement').mockImplementation((name: string) => {
    const element = document.createElementNS(XHTML, name === 'iframe' ? 'div' : name) as HTMLIFrameElement;
    if (name === 'iframe') frames.push(element);
    return element;
  });
  return frames;
}

/** A page in the test's document. */
export class TestPage {
  constructor(protected readonly root: HTMLElement) {}

  all(testId: string): HTMLElement[] {
    return [...this.root.querySelectorAll<HTMLElement>(`[data-testid="${testId}"]`)];
  }

  get(testId: string): HTMLElement {
    const [found] = this.all(testId);
    if (!found) throw new Error(`There is no element with the test id ${testId}.`);
    return found;
  }

  find(testId: string): Promise<HTMLElement> {
    return soon(() => this.get(testId));
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

  /** Submits a form. */
  async send(testId: string): Promise<void> {
    const form = await this.find(testId);
    await act(() => void form.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true })));
  }
}
