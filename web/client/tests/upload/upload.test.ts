// @vitest-environment node
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { InfectedError } from '../../api/errors';
import { hashOf } from '../../hash/hash';
import type { Hasher } from '../../hash/hasher';
import { noMemory } from '../../memory/memory';
import { Uploader } from '../../upload/uploader';
import {
  COMPLETE,
  details,
  fakeLocks,
  FakeService,
  FILE_ID,
  INIT,
  numbered,
  onlineNetwork,
  SIGN,
  UPLOAD_ID,
} from '../fakes';
import { soon } from '../soon';

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
});

describe('rejectInfected', () => {
  test.each([
    ['infected', true, 'InfectedError'],
    ['infected', false, 'infected'],
    ['clean', true, 'clean'],
    ['blocked', true, 'blocked'],
  ] as const)('a file that is %s, with %s: %s', async (verdict, rejectInfected, outcome) => {
    service.verdict = verdict;
    const upload = service.uploader().upload(numbered(5), { ...details, rejectInfected });
    const shown = await upload.done.then(
      (file) => file.virus_scan_status,
      (error: unknown) => {
        expect((error as InfectedError).file.id).toBe(FILE_ID);
        return (error as InfectedError).name;
      },
    );
    expect(shown).toBe(outcome);
  });
});

describe('uploading a file', () => {
  test('calls init, chunk, complete and status, then returns the file with its verdict', async () => {
    const stages: string[] = [];
    const file = await service.uploader().upload(numbered(35), { ...details, onStage: (s) => stages.push(s) })
      .done;

    expect(file).toEqual({ id: FILE_ID, virus_scan_status: 'clean' });
    expect(stages).toEqual(['waiting', 'uploading', 'completing', 'queued', 'scanning', 'ready']);
    expect(await service.content()).toBe(await numbered(35).text());
    expect([...new Set(service.calls())]).toEqual([
      INIT,
      SIGN,
      COMPLETE,
      `GET /file/status/${FILE_ID}`,
      `GET /file/get/${FILE_ID}`,
    ]);
  });

  test('complete contains the details of the file', async () => {
    const owner = { userId: 'u', appointmentId: 'a', credential: { pin: '1' }, detail: { ward: 7 } };
    const blob = numbered(5).slice(0, 5, 'text/plain');
    await service.uploader().upload(blob, { filename: 'n.txt', ...owner }).done;

    expect(service.bodies(COMPLETE)).toEqual([
      {
        upload_id: UPLOAD_ID,
        total_chunks: 1,
        total_size: 5,
        filename: 'n.txt',
        content_type: 'text/plain',
        credential: { pin: '1' },
        detail: { ward: 7 },
        appointment_id: 'a',
        user_id: 'u',
      },
    ]);
  });

  test.each([
    ['no bytes', 0, [0]],
    ['one byte', 1, [1]],
    ['one chunk less one byte', 9, [9]],
    ['exactly one chunk', 10, [10]],
    ['one chunk and a byte', 11, [10, 1]],
    ['exactly two chunks', 20, [10, 10]],
  ])('%s', async (_, size, chunks) => {
    await service.uploader().upload(numbered(size), details).done;
    expect([...service.stored.values()].map((part) => part.size)).toEqual(chunks);
    expect(service.bodies(COMPLETE)).toMatchObject([{ total_chunks: chunks.length, total_size: size }]);
  });

  test('a lost init is retried with the same idempotency key, and each upload has its own', async () => {
    service.answerOnce(INIT, () => Promise.reject(new TypeError('Failed to fetch')));
    const uploader = service.uploader();
    await uploader.upload(numbered(5), details).done;
    await uploader.upload(numbered(6), details).done;
    const inits = service.requests.filter(({ call }) => call === INIT);
    const [lost, again, other] = inits.map(({ headers }) => headers.get('Idempotency-Key'));
    expect(lost).toMatch(/^[0-9a-f]{32}$/);
    expect(again).toBe(lost);
    expect(other).not.toBe(lost);
  });

  test.each([
    ['image/png', 'image/png'],
    ['', 'application/octet-stream'],
    ['foo', 'application/octet-stream'],
    ['video/webm;codecs=vp8,opus', 'video/webm;codecs="vp8,opus"'],
    ['video/webm; codecs="vp8, opus"', 'video/webm;codecs="vp8, opus"'],
    ['text/plain; charset=utf-8', 'text/plain;charset=utf-8'],
    ['text/html;charset', 'text/html'],
    ['audio/mp4;codecs=mp4a.40.2;x="a\\"b"', 'audio/mp4;codecs=mp4a.40.2'],
    [`text/plain;x=${'y'.repeat(300)}`, 'text/plain'],
    ['a/b/c', 'application/octet-stream'],
    ['image/png, image/jpeg', 'application/octet-stream'],
  ])('the content type %s is sent as a valid media type', async (given, expected) => {
    await service.uploader().upload(numbered(1), { ...details, contentType: given }).done;
    const types = [...service.bodies(INIT), ...service.bodies(COMPLETE)];
    expect(types).toMatchObject([{ content_type: expected }, { content_type: expected }]);
  });

  test('a small file requests small parts', async () => {
    await service.uploader().upload(numbered(1), details).done;
    expect(service.bodies(INIT)).toEqual([
      {
        filename: 'report.bin',
        size: 1,
        content_type: 'application/octet-stream',
        chunk_size: 5 * 1024 * 1024,
      },
    ]);
  });

  test('chunks have no type, so that no Content-Type is sent', async () => {
    await service.uploader().upload(new Blob(['12345678901'], { type: 'text/html' }), details).done;
    expect([...service.stored.values()].map((part) => part.type)).toEqual(['', '']);
  });

  test('the parts of all files share the connections', async () => {
    let now = 0;
    let most = 0;
    service.onPut = async () => {
      now += 1;
      most = Math.max(most, now);
      await soon(() => expect(service.puts.length).toBeGreaterThanOrEqual(4));
      now -= 1;
    };
    const uploader = service.uploader({ connections: [4, 4] });
    await Promise.all([1, 2].map(() => uploader.upload(numbered(100), details).done));
    expect(most).toBe(4);
  });

  test('filesAtOnce limits the parallel files', async () => {
    let open = 0;
    let most = 0;
    const uploader = service.uploader({ filesAtOnce: 2 });
    const onSession = () => (most = Math.max(most, (open += 1)));
    const uploads = [1, 2, 3, 4, 5].map(() =>
      uploader.upload(numbered(5), { onSession, onStored: () => (open -= 1) }),
    );
    await Promise.all(uploads.map(({ done }) => done));
    expect(most).toBe(2);
  });

  test('a credential is sent as a header with every GET', async () => {
    await service.uploader().upload(numbered(1), { ...details, credential: { pin: 'ü' } }).done;
    const asked = service.requests.filter(({ call }) => call.startsWith('GET'));
    expect(asked.length).toBeGreaterThan(1);
    for (const { headers } of asked) expect(headers.get('X-File-Credential')).toBe('{"pin":"\\u00fc"}');
  });
});

describe('signing', () => {
  test('a small file needs no signing call: init signs the first chunks', async () => {
    await service.uploader().upload(numbered(20), details).done;
    expect(service.calls()).not.toContain(SIGN);
  });

  test('further chunks are signed in batches in advance', async () => {
    service.chunkSize = 1;
    await service.uploader({ signingWindow: 50 }).upload(numbered(202), details).done;
    expect(service.bodies(SIGN).map((body) => (body as { chunks: unknown[] }).chunks.length)).toEqual([
      50, 50, 50, 50,
    ]);
  });

  test('at most 1000 chunks per call', async () => {
    service.chunkSize = 1;
    await service.uploader({ signingWindow: 5000 }).upload(numbered(1500), details).done;
    expect(service.bodies(SIGN).map((body) => (body as { chunks: unknown[] }).chunks.length)).toEqual([
      1000, 498,
    ]);
  });

  test('each request contains the size of its chunk', async () => {
    await service.uploader().upload(numbered(35), details).done;
    expect(service.bodies(SIGN)).toEqual([
      {
        upload_id: UPLOAD_ID,
        chunks: [
          { chunk_index: 2, chunk_size: 10 },
          { chunk_index: 3, chunk_size: 5 },
        ],
      },
    ]);
  });

  test('a URL that is about to expire is replaced before it is used', async () => {
    service.urlLifetime = 3;
    await service.uploader().upload(numbered(10), details).done;
    expect(service.bodies(SIGN)).toHaveLength(1);
    expect(service.puts).toEqual([0]);
  });
});

describe('checksums', () => {
  const signedWith = () =>
    service.bodies(SIGN).flatMap((body) => (body as { chunks: { checksum?: string }[] }).chunks);

  test('every part has its own, in the signing request', async () => {
    await service.uploader({ checksum: 'SHA256', hasher: hashOf }).upload(numbered(25), details).done;
    const parts = [0, 1, 2].map((index) => numbered(25).slice(index * 10, index * 10 + 10));
    expect(signedWith().map(({ checksum }) => checksum)).toEqual(
      await Promise.all(parts.map((part) => hashOf(part, 'SHA256'))),
    );
    expect(service.bodies(INIT)).toMatchObject([{ checksum_algorithm: 'SHA256' }]);
  });

  test('auto takes the best that storage checks, and remembers it', async () => {
    vi.stubGlobal('isSecureContext', true);
    service.checks = ['CRC32C'];
    const uploader = service.uploader({ checksum: 'auto', hasher: hashOf });
    for (const size of [5, 6]) await uploader.upload(numbered(size), details).done;
    const requested = service
      .bodies(INIT)
      .map((body) => (body as { checksum_algorithm?: string }).checksum_algorithm);
    expect(requested).toEqual(['SHA256', 'CRC32C', 'CRC32C']);
  });

  test('auto is the default', async () => {
    vi.stubGlobal('isSecureContext', true);
    const { fetch, transport, clock } = service;
    const tools = { hasher: hashOf, memory: noMemory, locks: fakeLocks(), network: onlineNetwork };
    await new Uploader({ endpoint: '', fetch, transport, clock, ...tools }).upload(numbered(5), details).done;
    expect(service.bodies(INIT)).toMatchObject([{ checksum_algorithm: 'SHA256' }]);
    expect(signedWith()).toMatchObject([{ checksum: await hashOf(numbered(5), 'SHA256') }]);
  });

  test('auto uses none where storage checks none; a named algorithm is not replaced', async () => {
    service.checks = [];
    await service.uploader({ checksum: 'auto' }).upload(numbered(5), details).done;
    expect(signedWith()).toEqual([]);
    const named = service.uploader({ checksum: 'CRC32' }).upload(numbered(5), details).done;
    await expect(named).rejects.toMatchObject({ status: 422 });
  });

  test('a part that storage refuses is read and hashed again', async () => {
    service.failPuts(1, 0);
    const hashed: number[] = [];
    const hasher: Hasher = (blob, algorithm) => {
      hashed.push(blob.size);
      return hashOf(blob, algorithm);
    };
    await service.uploader({ checksum: 'CRC32', hasher }).upload(numbered(13), details).done;
    expect(hashed).toEqual([10, 3, 10]);
    expect(service.puts).toEqual([0, 1, 0]);
  });
});
