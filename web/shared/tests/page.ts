import { act } from 'preact/test-utils';
import { soon } from '../../client/tests/soon';

export async function type(input: HTMLInputElement, value: string): Promise<void> {
  input.value = value;
  await act(() => void input.dispatchEvent(new Event('input', { bubbles: true })));
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
