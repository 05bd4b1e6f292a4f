// @vitest-environment node
import { describe, expect, test, vi } from 'vitest';
import { UploadApi } from '../../api/api';
import { ApiError, UnreachableError } from '../../api/errors';
import type { FileRecord, Stage } from '../../api/types';
import { awaitVerdict } from '../../api/verdict';
import { FakeClock } from '../fakes';

const reason = new Error('changed my mind');

describe('awaitVerdict()', () => {
  /** Waits for the verdict while the service returns these answers. */
  async function asked(answers: (Stage | Error)[], signal?: AbortSignal) {
    const api = Object.create(UploadApi.prototype) as UploadApi;
    const clock = new FakeClock();
    const stages: Stage[] = [];
    const status = vi.spyOn(api, 'status').mockImplementation(() => {
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ stage: answer } as never);
    });
    vi.spyOn(api, 'get').mockImplementation((id) => Promise.resolve({ id } as FileRecord));
    const options = { api, clock, credential: { pin: '1' }, onStage: (stage: Stage) => stages.push(stage) };
    const file = await awaitVerdict('f', signal ? { ...options, signal } : options);
    return {
      file,
      stages,
      slept: clock.slept,
      credentials: status.mock.calls.map(([, credential]) => credential),
    };
  }

  test.each(['ready', 'quarantined', 'scan_failed', 'aborted', 'expired'] as const)(
    'is there once it is %s',
    async (stage) => {
      const { file, stages, slept, credentials } = await asked([stage]);
      expect([file, stages, slept, credentials]).toEqual([{ id: 'f' }, [stage], [], [{ pin: '1' }]]);
    },
  );

  test.each([
    ['clean', 'ready', false],
    ['infected', 'quarantined', true],
  ] as const)('without permission to read, a %s file has no link', async (verdict, stage, is_quarantined) => {
    const api = Object.create(UploadApi.prototype) as UploadApi;
    const stored = { id: 'f', download_url: null, virus_scan_status: 'pending' } as FileRecord;
    vi.spyOn(api, 'status').mockResolvedValue({ stage, virus_scan_status: verdict } as never);
    const refusal = { code: 'grant_refused', message: 'No.', errors: [], missing: [] };
    vi.spyOn(api, 'get').mockRejectedValue(new ApiError(403, refusal));
    const options = { api, clock: new FakeClock() };
    const file = await awaitVerdict('f', { ...options, stored });
    expect(file).toEqual({ ...stored, virus_scan_status: verdict, is_quarantined });
    await expect(awaitVerdict('f', options)).rejects.toThrow('No.');
  });

  test.each(['queued', 'scanning', 'completing', 'uploading'] as const)(
    'is open while it is %s',
    async (stage) => {
      expect((await asked([stage, 'ready'])).slept).toEqual([400]);
    },
  );

  test('polls at growing intervals', async () => {
    const { slept } = await asked([...Array<Stage>(10).fill('scanning'), 'ready']);
    expect(slept.map(Math.round)).toEqual([400, 560, 784, 1098, 1537, 2151, 3012, 4217, 5000, 5000]);
  });

  test('polls less often for each of many files, and as usual after they ended', async () => {
    const many = await Promise.all(Array.from({ length: 100 }, () => asked(['scanning', 'ready'])));
    const pauses = many.flatMap(({ slept }) => slept).sort((one, other) => one - other);
    expect(pauses).toEqual(Array.from({ length: 100 }, (_, others) => 400 + 20 * others));
    expect((await asked(['scanning', 'ready'])).slept).toEqual([400]);
  });

  test('polls again when the service is unreachable, and not when it refuses', async () => {
    expect((await asked([new UnreachableError(), 'ready'])).slept).toEqual([400]);
    const refused = new ApiError(403, { code: 'forbidden', message: '', errors: [], missing: [] });
    await expect(asked([refused])).rejects.toBe(refused);
  });

  test('rejects after an abort', async () => {
    await expect(asked(['scanning'], AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(asked([new Error('other')], AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
