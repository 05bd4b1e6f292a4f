// @vitest-environment node
import { describe, expect, test, vi } from 'vitest';
import { Upload } from '../../upload/upload';

const reason = new Error('changed my mind');
const never = () => new Promise<never>(() => undefined);
const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('an upload', () => {
  const stalled = (signal?: AbortSignal) => {
    const upload = new Upload(never, signal);
    const seen: unknown[] = [];
    upload.on('stage', (stage) => seen.push(stage));
    return { upload, seen };
  };

  test('a failure causes no unhandled rejection where only its events are used', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    new Upload(() => Promise.reject(reason));
    await settled();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('emits each stage once, and none while paused', () => {
    const { upload, seen } = stalled();
    upload.setStage('uploading');
    upload.setStage('uploading');
    upload.pause();
    upload.pause();
    upload.setStage('offline');
    upload.resume();
    upload.resume();
    expect([seen, upload.stage]).toEqual([['uploading', 'paused', 'offline'], 'offline']);
  });

  test.each([
    ['waiting', true],
    ['uploading', true],
    ['comparing', true],
    ['completing', false],
    ['ready', false],
  ] as const)('that is %s can be paused: %s', (stage, isPaused) => {
    const { upload } = stalled();
    upload.setStage(stage);
    upload.pause();
    expect(upload.paused).toBe(isPaused);
  });

  test.each([
    ['uploading', true],
    ['comparing', true],
    ['completing', false],
  ] as const)('that waits for a retry while %s can be paused: %s', (stage, isPaused) => {
    const { upload, seen } = stalled();
    upload.setStage(stage);
    upload.interrupt('retrying');
    upload.interrupt('offline');
    upload.pause();
    expect(upload.paused).toBe(isPaused);
    upload.recover();
    upload.recover();
    upload.resume();
    const during = isPaused ? ['paused'] : [];
    expect(seen).toEqual([stage, 'retrying', 'offline', ...during, stage]);
  });

  test('is not interrupted before its turn, once it is stored or aborted', () => {
    const [early, late, aborted] = [stalled(), stalled(), stalled()];
    late.upload.setStage('scanning');
    aborted.upload.setStage('uploading');
    aborted.upload.abort();
    for (const { upload } of [early, late, aborted]) upload.interrupt('retrying');
    expect([early.seen, late.seen, aborted.seen]).toEqual([[], ['scanning'], ['uploading']]);
  });

  test('a new stage ends the interruption', () => {
    const { upload } = stalled();
    upload.setStage('uploading');
    upload.interrupt('retrying');
    upload.setStage('completing');
    expect(upload.isInterrupted).toBe(false);
    upload.recover();
    expect(upload.stage).toBe('completing');
  });

  test('is aborted by abort() or by its signal, with the reason', () => {
    const controller = new AbortController();
    const [own, given] = [stalled().upload, stalled(controller.signal).upload];
    own.abort();
    controller.abort(reason);
    expect(own.signal.reason).toMatchObject({ name: 'AbortError', message: 'The upload was aborted.' });
    expect(given.signal.reason).toBe(reason);
  });

  test('calls all listeners until they are removed', () => {
    const { upload, seen } = stalled();
    const end = upload.on('stage', (stage) => seen.push(`also ${stage}`));
    upload.setStage('uploading');
    end();
    upload.setStage('completing');
    expect(seen).toEqual(['uploading', 'also uploading', 'completing']);
  });
});
