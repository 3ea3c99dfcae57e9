import { expect, test } from 'vitest';
import { byDay, placeOf, type Entry } from './audit';

const entry = (id: number, at: Date): Entry => ({ id, at: at.toISOString(), by: 'kim', did: 'alarm.acknowledge' });

test('a day is one of the viewer, in the order of the log', () => {
  const days = byDay([entry(3, new Date(2026, 2, 2, 0, 1)), entry(2, new Date(2026, 2, 1, 23, 59)), entry(1, new Date(2026, 2, 1, 0, 0))]);
  expect(days.map((d) => d.entries.map((e) => e.id))).toEqual([[3], [2, 1]]);
  expect(byDay([])).toEqual([]);
});

test('what an entry is about is a place where there is one', () => {
  expect(placeOf('alarm 7')).toBe('/alarms/7');
  expect(placeOf('device 02:00:00:00:00:01')).toBe('/devices/02%3A00%3A00%3A00%3A00%3A01');
  expect(placeOf('rules')).toBeUndefined();
  expect(placeOf('')).toBeUndefined();
});
