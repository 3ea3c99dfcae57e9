import { expect, test } from 'vitest';
import { tidy, zones, type Wish } from './wish';

test('what says nothing is left out', () => {
  expect(tidy({ from: '', sites: [], resolved: false, quiet: { from: '22:00', to: '' }, at: '08:00', day: 'monday' })).toEqual({});
  expect(tidy({ quiet: { from: '22:00', to: '07:00' }, digest: 'daily', at: '08:00', day: 'monday' })).toEqual({
    quiet: { from: '22:00', to: '07:00' },
    digest: 'daily',
    at: '08:00'
  });
  expect(tidy({ digest: 'weekly', day: 'friday', resolved: true })).toEqual({ digest: 'weekly', day: 'friday', resolved: true });
});

test('channels stay, also where there is none', () => {
  expect(tidy<Wish & { channels: number[]; address?: string }>({ channels: [], address: '' })).toEqual({ channels: [] });
});

test("the viewer's own zone stands first, once", () => {
  const z = zones();
  expect(z[0]).toBe(Intl.DateTimeFormat().resolvedOptions().timeZone);
  expect(new Set(z).size).toBe(z.length);
});
