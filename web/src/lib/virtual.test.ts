import { describe, expect, test } from 'vitest';
import { moved, scrollFor, windowOf } from './virtual';

describe('windowOf', () => {
  test('draws a few of very many, and keeps the height of all', () => {
    for (const top of [0, 1, 700, 32_000 * 20, 32_000 * 40 - 800, 1e9]) {
      const w = windowOf(top, 800, 40, 32_000);
      expect(w.before + (w.to - w.from) * 40 + w.after).toBe(32_000 * 40);
      expect(w.to - w.from).toBeLessThan(60);
      const last = Math.min(top, 32_000 * 40 - 800);
      expect(w.from * 40).toBeLessThanOrEqual(last);
      expect(w.to * 40).toBeGreaterThanOrEqual(last + 800);
    }
  });
  test('draws all of a few', () => {
    expect(windowOf(0, 800, 40, 3)).toEqual({ from: 0, to: 3, before: 0, after: 0 });
    expect(windowOf(500, 800, 40, 0)).toEqual({ from: 0, to: 0, before: 0, after: 0 });
  });
});

test('scrollFor brings a row into sight and leaves one that is', () => {
  expect(scrollFor(0, 400, 800, 40, 40)).toBe(0);
  expect(scrollFor(12, 400, 800, 40, 40)).toBe(400);
  expect(scrollFor(30, 400, 800, 40, 40)).toBe(31 * 40 - 760);
});

test('moved stays within the rows', () => {
  expect(moved('ArrowUp', 0, 5, 10)).toBe(0);
  expect(moved('PageDown', 0, 5, 10)).toBe(4);
  expect(moved('End', 0, 0, 10)).toBe(0);
  expect(moved('a', 0, 5, 10)).toBeUndefined();
});
