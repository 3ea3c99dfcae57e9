import { expect, test } from 'vitest';
import { parts } from './settings';

const sources = import.meta.glob<string>(['../**/*.svelte', '../../../internal/api/*.go', '!../../../internal/api/*_test.go'], {
  query: '?raw',
  import: 'default',
  eager: true
});

test('what leads to a part of the settings leads to one that is there', () => {
  const led = Object.entries(sources).flatMap(([file, text]) =>
    [...text.matchAll(/"\/settings\/([a-z]+)[?#"]/g)].map((m) => ({ file, part: m[1]! }))
  );
  expect(led.some((l) => l.file.endsWith('.go'))).toBe(true);
  const there = parts.map((p) => p.path);
  expect(led.filter((l) => !there.includes(l.part))).toEqual([]);
});
