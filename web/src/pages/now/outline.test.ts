import { expect, test } from 'vitest';
import { areaOf, ceiling, midnight } from './outline';

test('areaOf steps', () => {
  expect(areaOf([0, 5, 10], 10)).toBe('M0 100V100H33.33V50H66.67V0H100V100Z');
  expect(areaOf([0, 0], 0)).toBe('M0 100V100H50V100H100V100Z');
  expect(areaOf([], 1)).toBe('');
});

test('ceiling is round and not below', () => {
  for (const v of [1, 3, 9, 1234, 5e9, 9.9e9]) expect(ceiling([v])).toBeGreaterThanOrEqual(v);
  expect(ceiling([1234])).toBe(2000);
  expect(ceiling([])).toBe(0);
});

test('midnight is that of the viewer', () => {
  const m = midnight(new Date(2026, 10, 22, 17, 5));
  expect([m.getHours(), m.getDate()]).toEqual([0, 22]);
});
