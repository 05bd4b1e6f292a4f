/** The behaviour that all adapters share: each test mounts a component with one hook, and reads what it shows. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UploadList } from '../../client/store/index';
import { systemClock } from '../../client/network/clock';
import { TransferError } from '../../client/api/errors';
import { ABORT, FakeService, FILE_ID, INIT, numbered, refusal, success } from '../../client/tests/fakes';
import { fileEntry, folderEntry, transfer } from '../../client/tests/dropped-entries';
import type { Arguments, Driver, Hook, Mounted } from './driver';
import { soon } from '../../client/tests/soon';

const GET = `GET /file/get/${FILE_ID}`;
const STATUS = `GET /file/status/${FILE_ID}`;
const report = () => new File([numbered(35)], 'report.pdf', { type: 'application/pdf' });
const photo = () => new File(['pixels'], 'photo.png', { type: 'image/png' });

export function describeAdapter(framework: string, driver: Driver): void {
  describe(framework, () => {
    let service: FakeService;
    let container: HTMLElement;
    const mounted: Mounted<Hook>[] = [];
    const mount = <H extends Hook>(hook: H, args: Arguments[H]): Mounted<H> => {
      const component = driver.mount(hook, args, container);
      mounted.push(component);
      return component;
    };

    beforeEach(() => {
      service = new FakeService();
      container = document.body.appendChild(document.createElement('main'));
    });
    afterEach(() => {
      for (const component of mounted.splice(0)) component.unmount();
      container.remove();
    });

    /** Stalls the third chunk; returns the function that lets it finish. */
    const stalled = (): (() => void) => {
      let finish: () => void = () => undefined;
      service.onPut = ({ chunk, signal }) =>
        chunk.chunk_index === 2
          ? new Promise((resolve, reject) => {
              finish = resolve;
              signal?.addEventListener('abort', () => reject(signal.reason as Error));
            })
          : undefined;
      return () => {
        service.onPut = () => undefined;
        finish();
      };
    };
    const uploader = () =>
      service.uploader({ connections: [1, 1], retry: { attempts: 1, baseDelay: 1, maxDelay: 1 } });
    /** Asks again after a moment, as in a page; the service's clock would not wait at all. */
    const pollingUploader = () =>
      service.uploader({ clock: { ...systemClock, sleep: () => systemClock.sleep(1) } });

    describe('useUploads', () => {
      const shown = async () => {
        const component = mount('useUploads', { from: uploader() });
        await soon(() => expect(component.read().totals.count).toBe(0));
        return component;
      };
      const first = (component: Mounted<'useUploads'>) => component.read().uploads[0];
      const soonIn = (component: Mounted<'useUploads'>, state: string) =>
        soon(() => expect(first(component)?.state).toBe(state));

      test('shows a file from its selection to its verdict', async () => {
        const component = await shown();
        component.read().add([report()], { pathName: 'inbox' });
        await soonIn(component, 'ready');
        const { uploads, totals } = component.read();
        const progress = { sent: 35, size: 35, speed: 0, secondsLeft: 0 };
        expect(uploads).toMatchObject([
          {
            name: 'report.pdf',
            pathName: 'inbox',
            size: 35,
            progress,
            file: { id: FILE_ID },
            canCancel: false,
          },
        ]);
        expect(totals).toMatchObject({ count: 1, active: 0, ready: 1, sent: 35, size: 35, secondsLeft: 0 });
        expect(service.bodies(INIT)).toMatchObject([{ filename: 'report.pdf', path_name: 'inbox' }]);
      });

      test('pauses and resumes', async () => {
        const finish = stalled();
        const component = await shown();
        const [id = ''] = component.read().add([report()]);
        await soon(() => expect(service.puts).toEqual([0, 1, 2]));
        component.read().pause(id);
        await soonIn(component, 'paused');
        expect(first(component)).toMatchObject({ canPause: false, canResume: true });
        component.read().resume(id);
        await soon(() => expect(first(component)).toMatchObject({ canPause: true, canResume: false }));
        finish();
        await soonIn(component, 'ready');
      });

      test('cancels, and starts again from the beginning', async () => {
        const finish = stalled();
        const component = await shown();
        const [id = ''] = component.read().add([report()]);
        await soon(() => expect(service.puts).toEqual([0, 1, 2]));
        component.read().cancel(id);
        await soonIn(component, 'cancelled');
        await soon(() => expect(service.calls()).toContain(ABORT));
        finish();
        component.read().retry(id);
        await soonIn(component, 'ready');
        expect(service.bodies(INIT).length).toBe(2);
      });

      test('a failed file has its error; a retry sends the missing parts', async () => {
        service.onPut = ({ chunk }) => {
          if (chunk.chunk_index === 2) throw new TransferError(0);
        };
        const component = await shown();
        const [id = ''] = component.read().add([report()]);
        await soonIn(component, 'failed');
        expect(first(component)?.error).toBeInstanceOf(TransferError);
        service.onPut = () => undefined;
        service.puts.length = 0;
        component.read().retry(id);
        await soonIn(component, 'ready');
        expect([service.puts, first(component)?.error]).toEqual([[2, 3], null]);
      });

      test('removes a file, and cancels its upload', async () => {
        stalled();
        const component = await shown();
        const [id = ''] = component.read().add([report()]);
        await soon(() => expect(service.puts).toEqual([0, 1, 2]));
        component.read().remove(id);
        await soon(() => expect(component.read().uploads).toEqual([]));
        await soon(() => expect(service.calls()).toContain(ABORT));
      });

      test('an upload continues without its component, and a list shows it again', async () => {
        const finish = stalled();
        const from = new UploadList(uploader());
        const before = mount('useUploads', { from });
        await soon(() => expect(before.read().totals.count).toBe(0));
        before.read().add([report()]);
        await soon(() => expect(service.puts).toEqual([0, 1, 2]));
        mounted.pop()?.unmount();
        finish();
        await soon(() => expect(from.getSnapshot().totals.ready).toBe(1));
        container = document.body.appendChild(document.createElement('main'));
        const after = mount('useUploads', { from });
        await soonIn(after, 'ready');
      });

      test('reports stored and settled files', async () => {
        const [onStored, onSettled] = [vi.fn(), vi.fn()];
        const component = mount('useUploads', { from: uploader(), options: { onStored, onSettled } });
        await soon(() => expect(component.read().totals.count).toBe(0));
        component.read().add([report()]);
        await soonIn(component, 'ready');
        expect(onStored.mock.calls).toMatchObject([[{ file: { virus_scan_status: 'pending' } }]]);
        expect(onSettled.mock.calls).toMatchObject([
          [{ state: 'ready', file: { virus_scan_status: 'clean' } }],
        ]);
      });
    });

    describe('useUpload', () => {
      test('shows one file; another takes its place', async () => {
        const component = mount('useUpload', { uploader: uploader() });
        await soon(() => expect(component.read().upload).toBeNull());
        stalled();
        component.read().start(report());
        await soon(() => expect(component.read().upload?.state).toBe('uploading'));
        component.read().start(photo());
        await soon(() =>
          expect(component.read().upload).toMatchObject({ name: 'photo.png', state: 'ready' }),
        );
        expect(service.calls()).toContain(ABORT);
        component.read().reset();
        await soon(() => expect(component.read().upload).toBeNull());
      });
    });

    describe('useFile', () => {
      const show = (fileId: string | null) => mount('useFile', { uploader: pollingUploader(), fileId });

      test('follows a file until its verdict', async () => {
        service.stages = ['scanning'];
        service.answerOnce(GET, () =>
          success({ id: FILE_ID, filename: 'a.txt', virus_scan_status: 'pending' }),
        );
        const component = show(FILE_ID);
        await soon(() =>
          expect(component.read()).toMatchObject({ state: 'scanning', file: { filename: 'a.txt' } }),
        );
        service.stages = ['ready'];
        await soon(() =>
          expect(component.read()).toMatchObject({ state: 'ready', file: { virus_scan_status: 'clean' } }),
        );
        const calls = service.calls().length;
        await systemClock.sleep(10);
        expect(service.calls().length).toBe(calls);
      });

      test('stops to ask when it is unmounted', async () => {
        service.stages = ['scanning'];
        service.answerOnce(GET, () => success({ id: FILE_ID, virus_scan_status: 'scanning' }));
        const component = show(FILE_ID);
        await soon(() => expect(service.calls().filter((call) => call === STATUS).length).toBeGreaterThan(2));
        expect(component.read().state).toBe('scanning');
        mounted.pop()?.unmount();
        await systemClock.sleep(5);
        const calls = service.calls().length;
        await systemClock.sleep(20);
        expect(service.calls().length).toBe(calls);
      });

      test.each([
        [404, 'file_not_found', 'deleted'],
        [404, 'not_found', 'failed'],
        [403, 'wrong_credential', 'forbidden'],
        [500, 'internal_error', 'failed'],
      ])('%i %s is the state %s', async (status, code, state) => {
        for (const call of [GET, GET, STATUS, STATUS]) service.answerOnce(call, () => refusal(status, code));
        const component = show(FILE_ID);
        await soon(() => expect(component.read()).toMatchObject({ state, file: null, error: { code } }));
        service.answers.clear();
        component.read().refresh();
        await soon(() => expect(component.read()).toMatchObject({ state: 'ready', error: null }));
      });

      test('waits for an id, and shows the file of another', async () => {
        const uploader = pollingUploader();
        const component = mount('useFile', { uploader, fileId: null });
        await soon(() => expect(component.read()).toMatchObject({ state: 'none', file: null }));
        component.update({ uploader, fileId: FILE_ID });
        await soon(() => expect(component.read()).toMatchObject({ state: 'ready', file: { id: FILE_ID } }));
        component.update({ uploader, fileId: null });
        await soon(() => expect(component.read().state).toBe('none'));
      });
    });

    describe('useDropzone', () => {
      const onFiles = vi.fn<Arguments['useDropzone']['onFiles']>();
      const onRejected = vi.fn();
      const names = () =>
        onFiles.mock.calls.map(([files]) => files.map(({ file, pathName }) => [pathName, file.name]));
      /** Mounts a dropzone; returns its element. */
      const show = async (options: Partial<Arguments['useDropzone']> = {}) => {
        const component = mount('useDropzone', { onFiles, onRejected, ...options });
        await soon(() => expect(component.read().isDragging).toBe(false));
        await soon(() => expect(container.firstElementChild).not.toBeNull());
        return { component, element: container.firstElementChild as HTMLElement };
      };
      /** Dispatches an event; returns whether it was accepted, so that the browser does nothing itself. */
      const fire = (target: EventTarget, type: string, more: object = {}) => {
        const event = new Event(type, { bubbles: true, cancelable: true });
        target.dispatchEvent(Object.assign(event, more));
        return event.defaultPrevented;
      };
      /** Answers the browser's dialog with these files. */
      const answerDialog = (...files: File[]) => {
        const open = vi.spyOn(HTMLInputElement.prototype, 'click').mockImplementation(function (
          this: HTMLInputElement,
        ) {
          Object.defineProperty(this, 'files', { value: files });
          this.dispatchEvent(new Event('change'));
        });
        return () => open.mock.contexts as HTMLInputElement[];
      };
      beforeEach(() => {
        onFiles.mockReset();
        onRejected.mockReset();
      });

      test('a drop delivers the files, with those of folders', async () => {
        const { component, element } = await show();
        const dataTransfer = transfer(
          fileEntry(report()),
          folderEntry('trip', folderEntry('day 1', fileEntry(photo()))),
        );
        expect(fire(element, 'dragover', { dataTransfer })).toBe(true);
        await soon(() =>
          expect([component.read().isDragging, element.dataset['dragging']]).toEqual([true, '']),
        );
        fire(element, 'drop', { dataTransfer });
        const all = [
          ['', 'report.pdf'],
          ['trip/day 1', 'photo.png'],
        ];
        await soon(() => expect(names()).toEqual([all]));
        await soon(() =>
          expect([component.read().isDragging, 'dragging' in element.dataset]).toEqual([false, false]),
        );
      });

      test('a paste delivers files, and leaves text alone', async () => {
        const { element } = await show();
        expect(fire(element, 'paste', { clipboardData: transfer() })).toBe(false);
        expect(fire(element, 'paste', { clipboardData: transfer(fileEntry(photo())) })).toBe(true);
        await soon(() => expect(names()).toEqual([[['', 'photo.png']]]));
      });

      test.each([
        ['a click', 'click', {}],
        ['Enter', 'keydown', { key: 'Enter' }],
        ['Space', 'keydown', { key: ' ' }],
      ])('%s opens the dialog', async (_, type, more) => {
        const { element } = await show({ accept: '.pdf' });
        expect([element.getAttribute('role'), element.tabIndex]).toEqual(['button', 0]);
        const inputs = answerDialog(report());
        fire(element, type, more);
        expect(inputs()).toMatchObject([{ type: 'file', accept: '.pdf', multiple: true }]);
        expect(names()).toEqual([[['', 'report.pdf']]]);
      });

      test('accepts one file, and rejects others with the reason', async () => {
        const { element } = await show({ accept: 'image/*', multiple: false });
        const dropped = transfer(...[report(), photo(), photo()].map((file) => fileEntry(file)));
        fire(element, 'drop', { dataTransfer: dropped });
        await soon(() => expect(names()).toEqual([[['', 'photo.png']]]));
        expect(onRejected.mock.calls).toMatchObject([
          [
            [
              { name: 'report.pdf', reason: 'type' },
              { name: 'photo.png', reason: 'too_many' },
            ],
          ],
        ]);
      });

      test('is disabled and enabled', async () => {
        const { component, element } = await show({ disabled: true });
        expect([element.getAttribute('aria-disabled'), element.tabIndex]).toEqual(['true', -1]);
        const inputs = answerDialog();
        const dataTransfer = transfer(fileEntry(photo()));
        expect(fire(element, 'drop', { dataTransfer })).toBe(true); // the page stays
        fire(element, 'click');
        component.read().open();
        component.update({ onFiles, onRejected });
        await soon(() => expect(element.hasAttribute('aria-disabled')).toBe(false));
        fire(element, 'drop', { dataTransfer });
        await soon(() => expect(names()).toEqual([[['', 'photo.png']]]));
        expect(inputs()).toEqual([]);
      });

      test('anywhere accepts files on the whole page, once each, until it is unmounted', async () => {
        const { component, element } = await show({ anywhere: true });
        const dataTransfer = transfer(fileEntry(photo()));
        await soon(() => expect(fire(document.body, 'dragover', { dataTransfer })).toBe(true));
        await soon(() => expect(component.read().isDragging).toBe(true));
        fire(document.body, 'dragleave', { relatedTarget: null });
        await soon(() => expect(component.read().isDragging).toBe(false));
        element.addEventListener('drop', (event) => event.preventDefault(), { once: true });
        fire(element, 'drop', { dataTransfer }); // another dropzone has it
        fire(element, 'drop', { dataTransfer });
        await soon(() => expect(names()).toEqual([[['', 'photo.png']]]));
        mounted.pop()?.unmount();
        await soon(() => expect(fire(document.body, 'dragover', { dataTransfer })).toBe(false));
      });
    });
  });
}
