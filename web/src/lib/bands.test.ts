import { expect, test } from 'vitest';
import { bandsOf } from './bands';

test('bands stand in the middle of their rows and stack without a gap', () => {
  const p = bandsOf([1e9, 5000, 0], 40);
  expect(p.height).toBe(120);
  expect(p.bands.map((b) => b.at)).toEqual([20, 60, 100]);
  expect(p.bottom - p.top).toBeCloseTo(p.bands.reduce((n, b) => n + b.thick, 0));
  expect(p.top).toBeGreaterThanOrEqual(0);
  expect(p.bands[0]!.thick).toBeLessThan(40);
  expect(p.bands[2]!.thick).toBeGreaterThan(0);
});

test('nothing at all has a height still', () => {
  expect(bandsOf([], 40).height).toBe(40);
  expect(bandsOf([0, 0], 40).bands).toHaveLength(2);
});
