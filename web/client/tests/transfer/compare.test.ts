// @vitest-environment node
import { describe, expect, test } from 'vitest';
import { planChunks } from '../../transfer/chunks';
import { compareStored } from '../../transfer/compare';
import { hashOf } from '../../hash/hash';
import type { ResumeReply, StoredChunk } from '../../api/types';
import { numbered } from '../fakes';

const FILE = numbered(25);
const PLAN = planChunks(25, 10);
const first = FILE.slice(0, 10);
const MD5 = await hashOf(first, 'MD5');
const CRC = await hashOf(first, 'CRC32C');
const OTHER_MD5 = await hashOf(numbered(9), 'MD5');

/** Compares chunks in storage with the file. */
function compare(uploaded: StoredChunk[], checksum_algorithm: ResumeReply['checksum_algorithm'] = null) {
  const seen: unknown[] = [];
  const reply = { uploaded, checksum_algorithm } as ResumeReply;
  const beforeEach = () => Promise.resolve(void seen.push('next'));
  const compared = compareStored(FILE, PLAN, reply, hashOf, (...one) => seen.push(one), beforeEach);
  return compared.then((comparison) => ({ comparison, seen }));
}

const chunk = (etag: string, checksum: string | null = null, size = 10) => ({
  chunk_index: 0,
  size,
  etag,
  checksum,
});

describe('a part in storage is', () => {
  test.each([
    ['the same by its ETag', 'same', chunk(`"${MD5}"`), null],
    ['the same by an ETag without quotes, in capitals', 'same', chunk(MD5.toUpperCase()), null],
    ['the same by its checksum, whatever its ETag', 'same', chunk(`"${OTHER_MD5}"`, CRC), 'CRC32C'],
    ['another by its ETag', 'other', chunk(`"${OTHER_MD5}"`), null],
    ['another by its checksum, whatever its ETag', 'other', chunk(`"${MD5}"`, 'AAAAAA=='), 'CRC32C'],
    ['another by its length, whatever its ETag', 'other', chunk(`"${MD5}"`, null, 9), null],
    ['another by its length, though nothing else is known', 'other', chunk('"x"', null, 11), null],
    ['compared by its ETag where it has no checksum', 'same', chunk(`"${MD5}"`), 'CRC32C'],
    [
      "compared by its ETag when the checksum's algorithm is unknown",
      'same',
      chunk(`"${MD5}"`, 'AAAA'),
      null,
    ],
    ['unknown where its ETag is no MD5', 'unknown', chunk('"encrypted-1"'), null],
    ['unknown where more comes after the MD5', 'unknown', chunk(`"${MD5}-2"`), null],
    ['unknown where more comes before the MD5', 'unknown', chunk(`"v1-${MD5}"`), null],
  ] as const)('%s', async (_, result, stored, algorithm) => {
    const { comparison } = await compare([stored], algorithm);
    expect(comparison).toEqual({ same: [], other: [], unknown: [], [result]: [0] });
  });
});

test('every part is compared and reported in order, after `beforeEach`', async () => {
  const last = { chunk_index: 2, size: 5, etag: await hashOf(FILE.slice(20), 'MD5'), checksum: null };
  const { comparison, seen } = await compare([chunk(OTHER_MD5), last]);
  expect(comparison).toEqual({ same: [2], other: [0], unknown: [] });
  expect(seen).toEqual(['next', [0, 'other'], 'next', [2, 'same']]);
});
