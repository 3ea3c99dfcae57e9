import { expect, test } from 'vitest';
import type { Entry } from '../audit';
import { follow, hashOf, nanos } from './chain';

// Each entry with the hash that it must have, newest first: what the log would hold.
async function log(n: number): Promise<Entry[]> {
  const out: Entry[] = [];
  for (let i = 1; i <= n; i++) {
    const e: Entry = {
      id: i,
      at: `2026-03-02T09:00:0${i}.12345678${i}Z`,
      by: 'kim',
      did: 'scan.start',
      about: 'site Bürohaus',
      detail: ''
    };
    e.hash = await hashOf(out[0]?.hash ?? '', e);
    out.unshift(e);
  }
  return out;
}

test('nanoseconds survive', () => {
  expect(nanos('2026-03-02T09:00:00Z')).toBe(1772442000000000000n);
  expect(nanos('2026-03-02T09:00:00.5Z')).toBe(1772442000500000000n);
  expect(nanos('2026-03-02T09:00:00.123456789Z')).toBe(1772442000123456789n);
});

test('a whole chain is whole, and the first part of one too', async () => {
  const all = await log(4);
  expect(await follow(all, true)).toEqual({ checked: 4 });
  expect(await follow(all.slice(0, 3), false)).toEqual({ checked: 2 });
  expect(await follow([], true)).toEqual({ checked: 0 });
});

test('what was changed, taken out or moved in time is seen', async () => {
  const all = await log(4);
  const changed = all.map((e) => (e.id === 2 ? { ...e, by: 'lee' } : e));
  expect((await follow(changed, true)).broken?.id).toBe(2);
  const out = all.filter((e) => e.id !== 3);
  expect((await follow(out, true)).broken?.id).toBe(4);
  const moved = all.map((e) => (e.id === 4 ? { ...e, at: '2026-03-02T09:00:04.123456785Z' } : e));
  expect((await follow(moved, true)).broken?.id).toBe(4);
});
