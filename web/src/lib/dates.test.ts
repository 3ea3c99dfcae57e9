import { expect, test } from 'vitest';
import { dayOf, endOf } from './dates';

test('a day ends at its end, where the viewer is', () => {
  const end = endOf('2026-12-24')!;
  expect(new Date(end).getDate()).toBe(24);
  expect(new Date(Date.parse(end) + 1000).getDate()).toBe(25);
  expect(endOf('')).toBeUndefined();
  expect(endOf('soon')).toBeUndefined();
});

test('a day comes back as it was chosen', () => {
  expect(dayOf(endOf('2026-01-05'))).toBe('2026-01-05');
  expect(dayOf('0001-01-01T00:00:00Z')).toBe('');
  expect(dayOf(undefined)).toBe('');
});
