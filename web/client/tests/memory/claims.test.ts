// @vitest-environment node
import { describe, expect, test, vi } from 'vitest';
import { browserLocks, Claims, type Locks } from '../../memory/claims';
import { fakeLocks, numbered } from '../fakes';
import { soon } from '../soon';

const ID = 'upload-1';

describe('claims', () => {
  test('two files of the same name and size never share an upload, in one tab or in two', async () => {
    const locks = fakeLocks();
    const claims = new Claims(locks);
    expect(await claims.take(ID, numbered(5))).toMatchObject({ known: false });
    expect(await claims.take(ID, numbered(5))).toBeNull();
    expect(await new Claims(locks).take(ID, numbered(5))).toBeNull();
  });

  test('between two tries the page keeps its claim, and needs no comparison', async () => {
    const locks = fakeLocks();
    const claims = new Claims(locks);
    const file = numbered(5);
    await claims.take(ID, file);
    claims.markIdle(ID);
    expect(await new Claims(locks).take(ID, file)).toBeNull();
    const other = await claims.take(ID, numbered(5));
    expect(other).toMatchObject({ known: false });
    other?.undo();
    expect(await claims.take(ID, file)).toMatchObject({ known: true });
  });

  test('a claim that ended, was undone or refused is free for another file', async () => {
    const locks = fakeLocks();
    const [claims, tab] = [new Claims(locks), new Claims(locks)];
    const claim = await claims.take(ID, numbered(5));
    expect(await tab.take(ID, numbered(5))).toBeNull();
    claim?.undo();
    expect(await tab.take(ID, numbered(5))).toMatchObject({ known: false });
    tab.release(ID);
    expect(await claims.take(ID, numbered(5))).toMatchObject({ known: false });
  });

  test('busy() is true during a try of any tab, and false between tries', async () => {
    const locks = fakeLocks();
    const [claims, tab] = [new Claims(locks), new Claims(locks)];
    await claims.take('here', numbered(5));
    await tab.take('there', numbered(5));
    await claims.take('resting', numbered(5));
    claims.markIdle('resting');
    const busy = await claims.busy();
    expect(['here', 'there', 'resting', 'nowhere'].map(busy)).toEqual([true, true, false, false]);
  });

  test('a tab that resumes its upload keeps the lock until the upload ends', async () => {
    const locks = fakeLocks();
    const [claims, tab] = [new Claims(locks), new Claims(locks)];
    const file = numbered(5);
    await claims.take(ID, file);
    claims.markIdle(ID);
    await claims.take(ID, file);
    expect(await locks.taken()).toEqual(['longshore:upload-1']);
    claims.release(ID);
    expect(await tab.take(ID, numbered(5))).toMatchObject({ known: false });
  });

  test('undo() restores an idle claim and its file', async () => {
    const claims = new Claims(fakeLocks());
    const file = numbered(5);
    await claims.take(ID, file);
    claims.markIdle(ID);
    (await claims.take(ID, numbered(5)))?.undo();
    expect((await claims.busy())(ID)).toBe(false);
    expect(await claims.take(ID, file)).toMatchObject({ known: true });
    expect((await claims.busy())(ID)).toBe(true);
  });

  test('markIdle() and release() ignore unknown uploads', async () => {
    const claims = new Claims(fakeLocks());
    claims.markIdle(ID);
    claims.release(ID);
    expect(await claims.take(ID, numbered(5))).toMatchObject({ known: false });
  });
});

describe('a late lock', () => {
  /** Claims an upload whose lock is granted later, by `grant`. */
  async function claimed() {
    vi.useFakeTimers();
    let grant: (release: (() => void) | null) => void = () => undefined;
    const take: Locks['take'] = () => new Promise((resolve) => (grant = resolve));
    const claims = new Claims({ take, taken: () => Promise.resolve([]) });
    const file = numbered(5);
    const claim = claims.take(ID, file);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(await claim).toMatchObject({ known: false });
    const release = vi.fn();
    const come = async (lock: (() => void) | null = release) => {
      grant(lock);
      await vi.advanceTimersByTimeAsync(0);
    };
    return { claims, file, release, come };
  }

  test('is kept until the upload ends', async () => {
    const { claims, release, come } = await claimed();
    await come();
    expect(release).not.toHaveBeenCalled();
    claims.release(ID);
    expect(release).toHaveBeenCalledOnce();
  });

  test('is kept by the next try', async () => {
    const { claims, file, release, come } = await claimed();
    claims.markIdle(ID);
    expect(await claims.take(ID, file)).toMatchObject({ known: true });
    await come();
    expect(release).not.toHaveBeenCalled();
    claims.release(ID);
    expect(release).toHaveBeenCalledOnce();
  });

  test('is released if the upload has ended', async () => {
    const { claims, release, come } = await claimed();
    claims.release(ID);
    await come();
    expect(release).toHaveBeenCalledOnce();
  });

  test('that another tab has is not released', async () => {
    const { claims, come } = await claimed();
    await come(null);
    claims.release(ID);
    expect((await claims.busy())(ID)).toBe(false);
  });
});

describe("the browser's locks", () => {
  /** navigator.locks as in the standard: a lock is taken while the promise of its callback is pending. */
  function fakeManager() {
    const held = new Set<string>();
    const request = async (
      name: string,
      { ifAvailable }: { ifAvailable?: boolean },
      hold: (lock: { name: string } | null) => Promise<void> | undefined,
    ) => {
      if (!held.has(name)) {
        held.add(name);
        await hold({ name });
        held.delete(name);
      } else if (ifAvailable) await hold(null);
      else await new Promise(() => undefined);
    };
    const query = () => Promise.resolve({ held: [...held].map((name) => ({ name })) });
    return { request, query };
  }

  test('belong to one tab until it releases them', async () => {
    vi.stubGlobal('navigator', { locks: fakeManager() });
    const release = await browserLocks.take('a');
    expect([await browserLocks.take('a'), await browserLocks.taken()]).toEqual([null, ['a']]);
    release?.();
    await soon(async () => expect(await browserLocks.taken()).toEqual([]));
    expect(await browserLocks.take('a')).toBeTypeOf('function');
  });

  const refuse = () => Promise.reject(new DOMException('not here', 'SecurityError'));

  test.each([
    ['there are no locks', {}],
    ['there is no browser', undefined],
    ['the page may not use them', { locks: { request: refuse, query: refuse } }],
  ])('where %s, every lock is free', async (_, navigator) => {
    vi.stubGlobal('navigator', navigator);
    const release = await browserLocks.take('a');
    release?.();
    expect([release, await browserLocks.taken()]).toEqual([expect.any(Function), []]);
  });

  test.each([
    ['nothing', {}],
    ['one without a name', { held: [{}] }],
  ])('with %s in the snapshot are free', async (_, snapshot) => {
    vi.stubGlobal('navigator', { locks: { query: () => Promise.resolve(snapshot) } });
    expect(await browserLocks.taken()).toEqual([]);
  });
});
