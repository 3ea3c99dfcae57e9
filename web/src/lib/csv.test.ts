import { expect, test } from 'vitest';
import { cell, csv } from './csv';

test.each(['=cmd|calc', '+1', '-1+2', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', '＋1', '－1', '＠x', "'=1"])('%j is no formula', (s) => {
  const c = cell(s).replace(/^"/, '');
  expect(c.startsWith("'")).toBe(true);
});

test('an honest cell stays', () => {
  expect(cell('DS-2CD2143G0-I')).toBe('DS-2CD2143G0-I');
  expect(cell(-3)).toBe('-3');
  expect(cell('a "b", c')).toBe('"a ""b"", c"');
  expect(cell(' x')).toBe('" x"');
});

test('what steers a terminal or the writing does not', () => {
  expect(cell('a\u001b[31mb\u202ec')).toBe('a\uFFFD[31mb\uFFFDc');
  expect(cell('a\r\nb')).toBe('a b');
});

test('rows end as RFC 4180 says', () => {
  expect(csv(['a', 'b'], [['1', 2]])).toBe('a,b\r\n1,2\r\n');
});
