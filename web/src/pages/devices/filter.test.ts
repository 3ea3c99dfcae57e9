import { describe, expect, test } from 'vitest';
import { choices, filterOf, filtered, flat, grouped, narrows, ordered } from './filter';
import { sample } from './sample';
import { tableOf } from './table';

const t = tableOf(sample(3000));
const all = ordered(t, '');
const run = (query: string) => [...filtered(t, all, filterOf(new URLSearchParams(query)))];
const text = (field: 'grade' | 'maker' | 'class' | 'site', i: number) => t.texts[t.col[field][i]!]!;

describe('filtered', () => {
  test('nothing narrows nothing', () => expect(run('')).toHaveLength(3000));
  test('every word has to be somewhere, without regard to case', () => {
    const got = run('q=hIKvision+DS-20');
    expect(got.length).toBeGreaterThan(0);
    expect(got.every((i) => t.hay[i]!.includes('hikvision') && t.hay[i]!.includes('ds-20'))).toBe(true);
    expect(run('q=02:00:00:00:0b:b7').map((i) => t.raw.id[i])).toEqual(['02:00:00:00:0b:b7']);
  });
  test('of several values one, of several facets all', () => {
    const got = run('grade=F&grade=E&maker=Dahua');
    expect(got.length).toBeGreaterThan(0);
    expect(got.every((i) => 'EF'.includes(text('grade', i)) && text('maker', i) === 'Dahua')).toBe(true);
  });
  test('an empty value is what is not known', () => {
    const got = run('class=');
    expect(got.length).toBeGreaterThan(0);
    expect(got.every((i) => text('class', i) === '')).toBe(true);
  });
  test('lists, flags, severity and calls home', () => {
    expect(run('list=us-ndaa-889').every((i) => i % 4 === 0)).toBe(true);
    expect(run('list=').every((i) => i % 4 !== 0)).toBe(true);
    expect(run('mislabelled=yes').every((i) => t.raw.mislabelled[i] === 1)).toBe(true);
    expect(run('personal=no').every((i) => t.raw.hidden[i] === 0)).toBe(true);
    expect(run('severity=high').every((i) => ['high', 'critical'].includes(t.texts[t.col.worst[i]!]!))).toBe(true);
    expect(run('home=never').every((i) => i % 2 === 1)).toBe(true);
    expect(run('maker=Nobody')).toEqual([]);
  });
  test('keeps the order', () => {
    const order = ordered(t, '-sent');
    const got = [...filtered(t, order, filterOf(new URLSearchParams('maker=Axis')))].map((i) => t.raw.sent[i]!);
    expect(got).toEqual([...got].sort((a, b) => b - a));
  });
});

test('narrows counts', () => expect(narrows(filterOf(new URLSearchParams('q=x&grade=F&grade=E&watches=yes')))).toBe(2));

describe('ordered', () => {
  test('addresses as numbers', () => {
    const got = [...ordered(t, 'address')].slice(0, 12).map((i) => t.raw.address[i]);
    expect(got[10]).toBe('10.0.0.10');
  });
  test('what has no value stands last either way', () => {
    for (const sort of ['maker', '-maker', 'grade', '-grade']) {
      const field = sort.replace('-', '') as 'maker';
      expect(text(field, ordered(t, sort).at(-1)!)).toBe('');
      expect(text(field, ordered(t, sort)[0]!)).not.toBe('');
    }
  });
  test('the usual order: what watches, the worst first', () => {
    expect(t.raw.watches[all[0]!]).toBe(1);
    expect(text('grade', all[0]!)).toBe('F');
    expect(t.raw.watches[all.at(-1)!]).toBe(0);
  });
});

test('choices count what each would show, the rest of the narrowing kept', () => {
  const f = filterOf(new URLSearchParams('maker=Axis&grade=F'));
  for (const c of choices(t, f, 'grade')) {
    if (c.count) expect(run(`maker=Axis&grade=${c.value}`)).toHaveLength(c.count);
  }
  expect(
    choices(t, f, 'grade')
      .map((c) => c.value)
      .join('')
  ).toBe('FEDCBA');
  expect(choices(t, filterOf(new URLSearchParams('maker=Gone')), 'maker').some((c) => c.value === 'Gone' && c.count === 0)).toBe(true);
});

describe('grouped', () => {
  test('every row in its group; the largest first, the unknown last', () => {
    const g = grouped(t, all, 'maker');
    expect(g.reduce((n, x) => n + x.rows.length, 0)).toBe(3000);
    expect(g.at(-1)!.value).toBe('');
    expect(g[0]!.rows.length).toBeGreaterThanOrEqual(g[1]!.rows.length);
  });
  test('a device on two lists stands in both', () => {
    const g = grouped(t, all, 'list');
    expect(g.find((x) => x.value === 'us-ndaa-889')!.rows.length).toBe(750);
    expect(g.find((x) => x.value === 'us-fcc-covered-list')!.rows.length).toBe(750);
  });
  test('flat shows heads, and rows of what is open', () => {
    const g = grouped(t, all, 'grade');
    const f = flat(g, (v) => v === 'F');
    expect(f.length).toBe(g.length + g.find((x) => x.value === 'F')!.rows.length);
    expect(f[0]).toBe(-1);
  });
});
