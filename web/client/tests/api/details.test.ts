// @vitest-environment node
import { describe, expect, test, vi } from 'vitest';
import { ChecksumChoice } from '../../hash/checksum-choice';
import { completeRequest, filenameOf, initRequest } from '../../api/details';
import { ApiError } from '../../api/errors';
import type { ChecksumAlgorithm } from '../../api/types';
import { mediaType } from '../../api/media-type';
import { numbered } from '../fakes';

const OPAQUE = 'application/octet-stream';

test.each([
  ['text/plain', 'text/plain'],
  [' Text/PLAIN ', 'text/plain'],
  ['text/plain ;charset=utf-8', 'text/plain;charset=utf-8'],
  ['text/plain;  Charset=UTF-8 ', 'text/plain;charset=UTF-8'],
  ['text/plain;charset=utf-8;format=flowed', 'text/plain;charset=utf-8;format=flowed'],
  ['text/plain;charset="utf-8"', 'text/plain;charset=utf-8'],
  ['text/plain;a="x y"', 'text/plain;a="x y"'],
  ['text/plain;a="x\\y"', 'text/plain;a=xy'],
  ['text/plain;a="x;b=c"', 'text/plain;a="x;b=c"'],
  ['text/plain;a=x y', 'text/plain;a="x y"'],
  ['text/plain;a="";b=c', 'text/plain;b=c'],
  ['text/plain;a=;b=c', 'text/plain;b=c'],
  ['text/plain;a=ü;b=c', 'text/plain;b=c'],
  ['text/plain;a=xü', 'text/plain'],
  ['text/plain;a=üx', 'text/plain'],
  ['text/plain;a="\\\\"', 'text/plain'],
  ['text/plain;a b=c', 'text/plain'],
  ["x!#$%&'*+.^_`|~-1/y", "x!#$%&'*+.^_`|~-1/y"],
  ['video/webm;codecs=vp8,opus', 'video/webm;codecs="vp8,opus"'],
  ['', OPAQUE],
  ['text', OPAQUE],
  ['text/', OPAQUE],
  ['/plain', OPAQUE],
  ['text/plain/x', OPAQUE],
  ['text plain/x', OPAQUE],
  ['a text/plain', OPAQUE],
  [`a/${'x'.repeat(253)}`, `a/${'x'.repeat(253)}`],
  [`a/${'x'.repeat(254)}`, OPAQUE],
  [`a/b;c=${'x'.repeat(249)}`, `a/b;c=${'x'.repeat(249)}`],
  [`a/b;c=${'x'.repeat(250)};d=e`, 'a/b;d=e'],
])('the type "%s" is sent as "%s"', (given, expected) => {
  expect(mediaType(given)).toBe(expected);
});

describe('the bodies of init and complete', () => {
  const file = new File([numbered(5)], 'its own.txt', { type: 'text/plain' });

  test('name and type of the file', () => {
    const expectedBody = { filename: 'its own.txt', content_type: 'text/plain' };
    expect(initRequest(file, {}, null, undefined)).toStrictEqual({ ...expectedBody, size: 5 });
    expect(completeRequest(file, {}, 'u', 2)).toStrictEqual({
      ...expectedBody,
      upload_id: 'u',
      total_chunks: 2,
      total_size: 5,
    });
  });

  test('name and type from the details', () => {
    const place = { path_name: 'photos/2026', replaces: 'f1' };
    const details = {
      ...{ filename: 'other.bin', contentType: 'image/png', policy: 'avatars' },
      ...{ pathName: place.path_name, replaces: place.replaces },
    };
    const expectedBody = { filename: 'other.bin', content_type: 'image/png' };
    expect(initRequest(file, details, 'CRC32C', 7)).toStrictEqual({
      ...expectedBody,
      size: 5,
      chunk_size: 7,
      checksum_algorithm: 'CRC32C',
      policy: 'avatars',
      ...place,
    });
    const people = { userId: 'u1', appointmentId: 'a1', credential: { pin: '1' }, detail: { a: 1 } };
    expect(completeRequest(file, { ...details, ...people }, 'u', 1)).toStrictEqual({
      ...expectedBody,
      ...{ upload_id: 'u', total_chunks: 1, total_size: 5 },
      ...{ user_id: 'u1', appointment_id: 'a1', credential: { pin: '1' }, detail: { a: 1 } },
      ...place,
    });
  });

  test.each([
    [new Blob(['x']), 'file'],
    [new File(['x'], ''), 'file'],
    [file, 'its own.txt'],
  ])('a blob without a name is called file', (blob, name) => {
    expect(filenameOf(blob, {})).toBe(name);
  });
});

describe('the checksum algorithm', () => {
  const refused = (line: string) =>
    new ApiError(422, { code: 'validation_failed', message: '', errors: ['[size] no', line], missing: [] });
  const CHECKSUM = '[checksum_algorithm] this storage does not check it';

  /** Returns the algorithms that init is called with when the service refuses some of them with `line`. */
  async function asked(choice: ChecksumChoice, refuses: ChecksumAlgorithm[], line = CHECKSUM) {
    const seen: (ChecksumAlgorithm | null)[] = [];
    const outcome = await choice
      .negotiate((algorithm) => {
        seen.push(algorithm);
        return algorithm && refuses.includes(algorithm)
          ? Promise.reject(refused(line))
          : Promise.resolve('opened');
      })
      .catch((error: unknown) => error);
    return { seen, outcome };
  }

  test.each([
    [true, [], ['SHA256'], 'SHA256'],
    [true, ['SHA256'], ['SHA256', 'CRC32C'], 'CRC32C'],
    [true, ['SHA256', 'CRC32C'], ['SHA256', 'CRC32C', null], null],
    [false, [], ['CRC32C'], 'CRC32C'],
  ] as [boolean, ChecksumAlgorithm[], unknown[], unknown][])(
    'by itself, on a page that is secure: %s, where storage does not check %j',
    async (isSecure, refuses, seen, algorithm) => {
      vi.stubGlobal('isSecureContext', isSecure);
      expect(await asked(new ChecksumChoice('auto'), refuses)).toStrictEqual({
        seen,
        outcome: ['opened', algorithm],
      });
    },
  );

  test('a refused algorithm is not tried again', async () => {
    vi.stubGlobal('isSecureContext', true);
    const choice = new ChecksumChoice('auto');
    await asked(choice, ['SHA256']);
    expect((await asked(choice, [])).seen).toEqual(['CRC32C']);
  });

  test.each([
    ['a named one', new ChecksumChoice('SHA256'), CHECKSUM],
    ['another refusal', new ChecksumChoice('auto'), '[filename] is too long'],
    ['a refusal of something like it', new ChecksumChoice('auto'), '[parts] not [checksum_algorithm]'],
  ])('%s is not replaced', async (_, choice, line) => {
    vi.stubGlobal('isSecureContext', true);
    const { seen, outcome } = await asked(choice, ['SHA256'], line);
    expect(seen).toEqual(['SHA256']);
    expect(outcome).toBeInstanceOf(ApiError);
  });

  test('null uses none', async () => {
    expect(await asked(new ChecksumChoice(null), [])).toStrictEqual({
      seen: [null],
      outcome: ['opened', null],
    });
  });
});
