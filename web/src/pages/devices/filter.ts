// Narrowing, ordering and grouping of the table. Everything works on row numbers, so that 32,000 rows are
// gone through in a few milliseconds.
import type { Table, TextField } from './table';

// Facets are what one chooses values of; "list" is the one of which a device has several.
export const facets = ['class', 'grade', 'maker', 'brand', 'list', 'site', 'department', 'room', 'reach'] as const;
export type Facet = (typeof facets)[number];

// Flags are yes or no of a device.
export const flags = ['watches', 'mislabelled', 'claimed', 'personal'] as const;
export type Flag = (typeof flags)[number];

export interface Filter {
  q: string;
  of: Partial<Record<Facet, string[]>>; // of several values one has to hold; "" is what is not known
  flag: Partial<Record<Flag, boolean>>;
  severity: string; // with an open finding at least that severe
  home: string; // "ever", "day", "never": when it last talked to the outside
  fresh: number; // first seen in the last so many days; 0: whenever
}

const severities = ['info', 'low', 'medium', 'high', 'critical'];

// filterOf reads a filter from the query of the URL.
export function filterOf(q: URLSearchParams): Filter {
  const f: Filter = {
    q: q.get('q') ?? '',
    of: {},
    flag: {},
    severity: q.get('severity') ?? '',
    home: q.get('home') ?? '',
    fresh: Number(q.get('new')) || 0
  };
  for (const name of facets) if (q.has(name)) f.of[name] = q.getAll(name);
  for (const name of flags) {
    const v = q.get(name);
    if (v === 'yes' || v === 'no') f.flag[name] = v === 'yes';
  }
  return f;
}

// narrows counts in how many ways a filter narrows, without the search.
export function narrows(f: Filter): number {
  return Object.keys(f.of).length + Object.keys(f.flag).length + [f.severity, f.home, f.fresh].filter(Boolean).length;
}

type Test = (i: number) => boolean;

function chosen(t: Table, values: string[]): Uint8Array {
  const want = new Set(values);
  return Uint8Array.from(t.texts, (s) => (want.has(s) ? 1 : 0));
}

function facetTest(t: Table, name: Facet, values: string[]): Test {
  const ok = chosen(t, values);
  if (name === 'list') {
    const none = ok[0] === 1;
    return (i) => {
      const lists = t.raw.lists[i]!;
      return lists.length === 0 ? none : lists.some((l) => ok[l] === 1);
    };
  }
  const col = t.col[name];
  return (i) => ok[col[i]!] === 1;
}

const flagColumn = { watches: 'watches', mislabelled: 'mislabelled', claimed: 'claimed', personal: 'hidden' } as const;

// testsOf gives what a row has to pass, without one facet if it is named: for its counts.
function testsOf(t: Table, f: Filter, now: number, without?: Facet): Test[] {
  const tests: Test[] = [];
  for (const name of facets) {
    const values = f.of[name];
    if (values && name !== without) tests.push(facetTest(t, name, values));
  }
  for (const name of flags) {
    const want = f.flag[name];
    if (want === undefined) continue;
    const col = t.raw[flagColumn[name]];
    tests.push((i) => (col[i] === 1) === want);
  }
  if (f.severity) {
    const ok = chosen(t, severities.slice(Math.max(0, severities.indexOf(f.severity))));
    tests.push((i) => ok[t.col.worst[i]!] === 1);
  }
  if (f.home) {
    const since = f.home === 'day' ? now / 1000 - 86_400 : 1;
    tests.push(f.home === 'never' ? (i) => t.raw.last_home[i] === 0 : (i) => t.raw.last_home[i]! >= since);
  }
  if (f.fresh) tests.push((i) => t.raw.first[i]! >= now / 1000 - f.fresh * 86_400);
  for (const word of f.q.toLowerCase().split(/\s+/).filter(Boolean)) tests.push((i) => t.hay[i]!.includes(word));
  return tests;
}

// filtered gives the rows of an order that pass.
export function filtered(t: Table, order: Uint32Array, f: Filter, now = Date.now()): Uint32Array {
  const tests = testsOf(t, f, now);
  if (tests.length === 0) return order;
  const out = new Uint32Array(order.length);
  let n = 0;
  next: for (const i of order) {
    for (const test of tests) if (!test(i)) continue next;
    out[n++] = i;
  }
  return out.subarray(0, n);
}

export interface Choice {
  value: string;
  count: number;
}

// choices gives the values of a facet with how many devices each would show, all other narrowing kept;
// those that are chosen are there also where they would show none.
export function choices(t: Table, f: Filter, name: Facet, now = Date.now()): Choice[] {
  const tests = testsOf(t, f, now, name);
  const counts = new Uint32Array(t.texts.length);
  next: for (let i = 0; i < t.rows; i++) {
    for (const test of tests) if (!test(i)) continue next;
    if (name !== 'list') counts[t.col[name][i]!]!++;
    else if (t.raw.lists[i]!.length === 0) counts[0]!++;
    else for (const l of t.raw.lists[i]!) counts[l]!++;
  }
  const wanted = new Set(f.of[name] ?? []);
  const out: Choice[] = [];
  t.texts.forEach((value, at) => {
    if (counts[at]! > 0 || wanted.has(value)) out.push({ value, count: counts[at]! });
    wanted.delete(value);
  });
  for (const value of wanted) out.push({ value, count: 0 });
  const order: (a: Choice, b: Choice) => number =
    name === 'grade' ? (a, b) => gradeKey(b.value) - gradeKey(a.value) : (a, b) => b.count - a.count || compare(a.value, b.value);
  return out.sort((a, b) => Number(a.value === '') - Number(b.value === '') || order(a, b));
}

export interface Group {
  value: string;
  rows: Uint32Array;
}

// grouped parts rows by a facet, keeping their order: the largest first, grades from the worst on, and
// what is not known at the end. A device that several lists name stands in each.
export function grouped(t: Table, rows: Uint32Array, by: Facet): Group[] {
  const of = new Map<number, number[]>();
  const put = (at: number, i: number) => {
    const list = of.get(at);
    if (list) list.push(i);
    else of.set(at, [i]);
  };
  for (const i of rows) {
    if (by !== 'list') put(t.col[by][i]!, i);
    else if (t.raw.lists[i]!.length === 0) put(0, i);
    else for (const l of t.raw.lists[i]!) put(l, i);
  }
  return [...of]
    .map(([at, list]) => ({ value: t.texts[at]!, rows: Uint32Array.from(list) }))
    .sort(
      (a, b) =>
        Number(a.value === '') - Number(b.value === '') ||
        (by === 'grade' ? gradeKey(b.value) - gradeKey(a.value) : b.rows.length - a.rows.length || compare(a.value, b.value))
    );
}

// flat is what a grouped list shows: a group's number n as -(n + 1), then its rows unless it is closed.
export function flat(groups: Group[], isOpen: (value: string) => boolean): Int32Array {
  const out: number[] = [];
  groups.forEach((g, n) => {
    out.push(-(n + 1));
    if (isOpen(g.value)) for (const i of g.rows) out.push(i);
  });
  return Int32Array.from(out);
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
export const compare = (a: string, b: string): number => collator.compare(a, b);

// gradeKey orders grades: the worst highest, none lowest.
const gradeKey = (letter: string) => (letter === '' ? 0 : letter.charCodeAt(0));

// ranksOf gives each text its place among all, so that rows are compared as numbers.
function ranksOf(texts: string[]): Float64Array {
  const order = [...texts.keys()].sort((a, b) => Number(texts[a] === '') - Number(texts[b] === '') || compare(texts[a]!, texts[b]!));
  const out = new Float64Array(texts.length);
  order.forEach((at, place) => (out[at] = place));
  return out;
}

// addressKey orders IPv4 addresses as numbers; others come after, by their text.
function addressKeys(all: string[]): Float64Array {
  const others = [...new Set(all.filter((a) => a !== '' && !a.includes('.')))].sort();
  const place = new Map(others.map((a, i) => [a, 2 ** 32 + i]));
  return Float64Array.from(all, (a) => {
    if (a === '') return Infinity;
    return place.get(a) ?? a.split('.').reduce((n, part) => n * 256 + Number(part), 0);
  });
}

function textKeys(all: string[]): Float64Array {
  const own = [...new Set(all)];
  const ranks = ranksOf(own);
  const place = new Map(own.map((s, i) => [s, ranks[i]!]));
  return Float64Array.from(all, (s) => place.get(s)!);
}

function keysOf(t: Table, by: string): Float64Array {
  const r = t.raw;
  switch (by) {
    case 'title':
      return textKeys(t.title);
    case 'address':
      return addressKeys(r.address);
    case 'mac':
      return textKeys(r.mac);
    case 'grade':
      return Float64Array.from(t.col.grade, (at, i) => (at === 0 ? Infinity : gradeKey(t.texts[at]!) * 1000 - r.score[i]!));
    case 'worst':
    case 'findings':
      return Float64Array.from(t.col.worst, (at, i) => severities.indexOf(t.texts[at]!) * 1e6 + r.findings[i]!);
    case 'alarms':
    case 'sent':
    case 'first':
    case 'last':
      return Float64Array.from(r[by]);
    case 'home':
      return Float64Array.from(r.last_home);
    case 'outside':
      return Float64Array.from(r.sent_outside);
    case 'list':
      return Float64Array.from(r.lists, (l) => l?.length ?? 0);
    default: {
      if (!(by in t.col)) return danger(t);
      const ranks = ranksOf(t.texts);
      return Float64Array.from(t.col[by as TextField], (at) => (at === 0 ? Infinity : ranks[at]!));
    }
  }
}

// danger is the usual order: what sees or hears people first, then the worst grade.
function danger(t: Table): Float64Array {
  return Float64Array.from(t.col.grade, (at, i) => {
    const grade = at === 0 ? 0 : (gradeKey(t.texts[at]!) - 64) * 1000 + (100 - t.raw.score[i]!);
    return -(t.raw.watches[i]! * 1e6 + grade);
  });
}

// ordered gives all rows in an order: a column's name, "-" before it turns it round; what has no value
// stands last either way. Anything else is the usual order.
export function ordered(t: Table, sort: string): Uint32Array {
  const down = sort.startsWith('-');
  const keys = keysOf(t, down ? sort.slice(1) : sort);
  const order = Uint32Array.from({ length: t.rows }, (_, i) => i);
  const turn = down ? -1 : 1;
  return order.sort((a, b) => {
    const [x, y] = [keys[a]!, keys[b]!];
    if (x === y) return a - b;
    if (x === Infinity || y === Infinity) return x === Infinity ? 1 : -1;
    return x < y ? -turn : turn;
  });
}
