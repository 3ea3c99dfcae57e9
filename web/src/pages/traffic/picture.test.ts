import { expect, test } from 'vitest';
import { chosenDays } from './days';
import { daysOf, endName, narrowed, nameOf, span, type End, type Traffic } from './picture';

const sum = { bytes_sent: 1, bytes_received: 2, flows: 1, unanswered: 0 };
const now = {
  by: 'network',
  left: 'device',
  ends: [
    { ...sum, key: '4134 CHINANET', label: 'CHINANET', country: 'CN' },
    { ...sum, key: '', label: '', rest: true, others: 12 }
  ],
  nodes: [{ ...sum, key: '02:00:00:00:00:01', label: 'gate' }],
  links: [
    { from: 0, to: 0, bytes_sent: 900, bytes_received: 100 },
    { from: 0, to: 1, bytes_sent: 5, bytes_received: 5 }
  ]
} as unknown as Traffic;

test('a country picked on the map leaves its ends alone', () => {
  expect(narrowed(now, '').links).toHaveLength(2);
  expect(narrowed(now, 'CN').links).toEqual([{ from: '0', to: '0', bytes: 1000 }]);
  expect(narrowed(now, 'CN').device('0')).toBe('/devices/02%3A00%3A00%3A00%3A00%3A01');
  expect(narrowed(now, 'DE').ends).toEqual([]);
});

test('ends have names for people', () => {
  expect(endName(now, '0')).toBe('CHINANET');
  expect(endName(now, '1')).toBe('12 others');
  expect(nameOf({ key: 'CN' } as End, 'country')).toBe('China');
  expect(nameOf({ key: '' } as End, 'operator')).toBe('not known');
});

test('days are even, and both ends of a time are in it', () => {
  const days = daysOf([
    { ...sum, day: '2026-03-01' },
    { ...sum, day: '2026-02-26' }
  ] as Traffic['days']);
  expect(days.map((d) => d.day)).toEqual(['2026-02-26', '2026-02-27', '2026-02-28', '2026-03-01']);
  expect(days[1]!.bytes).toBe(0);
  expect(span('2026-02-27', '2026-02-28')).toEqual({ from: '2026-02-27T00:00:00Z', to: '2026-03-01T00:00:00.000Z' });
  expect(chosenDays(days, '2026-02-27', '2026-02-28')).toEqual([1, 2]);
  expect(chosenDays(days, '', '')).toEqual([0, 3]);
  expect(chosenDays(days, '2026-04-01', '')).toEqual([4, 3]);
});
