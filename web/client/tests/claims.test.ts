import { describe, expect, test } from 'vitest';
import { Claims } from '../claims';
import { fakeLocks, numbered } from './fakes';

const ID = 'upload-1';

describe('claims', () => {
  test('two files that look alike never share an upload, on one page or on two', async () => {
    const locks = fakeLocks();
    const claims = new Claims(locks);
    expect(await claims.take(ID, numbered(5))).toMatchObject({ known: false });
    expect(await claims.take(ID, numbered(5))).toBeNull();
    expect(await new Claims(locks).take(ID, numbered(5))).toBeNull();
  });

  test('between two tries the page still holds it, for the same file as a known one', async () => {
    const locks = fakeLocks();
    const claims = new Claims(locks);
    const file = numbered(5);
    await claims.take(ID, file);
    claims.rest(ID);
    expect(await new Claims(locks).take(ID, file)).toBeNull();
    const other = await claims.take(ID, numbered(5));
    expect(other).toMatchObject({ known: false });
    other?.giveBack();
    expect(await claims.take(ID, file)).toMatchObject({ known: true });
  });

  test('what is over, given back or refused is free for another', async () => {
    const locks = fakeLocks();
    const [claims, tab] = [new Claims(locks), new Claims(locks)];
    const claim = await claims.take(ID, numbered(5));
    expect(await tab.take(ID, numbered(5))).toBeNull();
    claim?.giveBack();
    expect(await tab.take(ID, numbered(5))).toMatchObject({ known: false });
    tab.drop(ID);
    expect(await claims.take(ID, numbered(5))).toMatchObject({ known: false });
  });

  test('busy is what a try of any page is at, and not what rests', async () => {
    const locks = fakeLocks();
    const [claims, tab] = [new Claims(locks), new Claims(locks)];
    await claims.take('here', numbered(5));
    await tab.take('there', numbered(5));
    await claims.take('resting', numbered(5));
    claims.rest('resting');
    const busy = await claims.busy();
    expect(['here', 'there', 'resting', 'nowhere'].map(busy)).toEqual([true, true, false, false]);
  });
});
