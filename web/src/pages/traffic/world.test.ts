import { expect, test } from 'vitest';
import { heat, lands, onMap } from './world';

test('countries are known by their codes', () => {
  expect(lands.length).toBeGreaterThan(170);
  for (const code of ['CN', 'US', 'DE', 'TW', 'FR', 'NO', 'ZA']) expect(onMap(code), code).toBe(true);
  expect(onMap('SG')).toBe(false); // too small: the page says so beside the map
  expect(lands.every((l) => l.path.startsWith('M'))).toBe(true);
});

test('a step less is a fifth', () => {
  expect([1000, 201, 199, 39, 1, 0].map((n) => heat(n, 1000))).toEqual([5, 5, 4, 3, 1, 0]);
});
