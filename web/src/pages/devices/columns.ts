// The columns that the list can show, and what each says of a device as text: for the file that one exports.
import { csv, save } from '$lib/csv';
import { t, word, type Key } from '$lib/texts';
import type { Facet } from './filter';
import { made, type Table } from './table';

export interface Column {
  name: string; // in the URL, and the key of its order
  label: Key;
  width: number; // rem
  numeric?: boolean;
  text: (table: Table, i: number) => string | number;
}

const of = (field: keyof Table['col']) => (d: Table, i: number) => d.texts[d.col[field][i]!]!;
const when = (seconds: number) => (seconds > 0 ? new Date(seconds * 1000).toISOString().slice(0, 19) + 'Z' : '');

export const columns: Column[] = [
  { name: 'grade', label: 'devices.col.grade', width: 4.25, text: of('grade') },
  { name: 'title', label: 'devices.col.title', width: 14, text: (d, i) => d.title[i]! },
  { name: 'class', label: 'devices.col.class', width: 6, text: of('class') },
  { name: 'maker', label: 'devices.col.maker', width: 6.75, text: of('maker') },
  { name: 'brand', label: 'devices.col.brand', width: 6.75, text: of('brand') },
  { name: 'model', label: 'devices.col.model', width: 11, text: of('model') },
  { name: 'firmware', label: 'devices.col.firmware', width: 11, text: of('firmware') },
  { name: 'address', label: 'devices.col.address', width: 7.75, text: (d, i) => d.raw.address[i]! },
  { name: 'mac', label: 'devices.col.mac', width: 10.5, text: (d, i) => d.raw.mac[i]! },
  { name: 'site', label: 'devices.col.site', width: 6.25, text: of('site') },
  { name: 'department', label: 'devices.col.department', width: 9, text: of('department') },
  { name: 'room', label: 'devices.col.room', width: 8, text: of('room') },
  { name: 'reach', label: 'devices.col.reach', width: 9, text: (d, i) => word('reach', of('reach')(d, i)) },
  { name: 'list', label: 'devices.col.list', width: 6, numeric: true, text: (d, i) => d.raw.lists[i]!.map((l) => d.texts[l]).join('; ') },
  { name: 'findings', label: 'devices.col.findings', width: 6.75, text: (d, i) => d.raw.findings[i]! },
  { name: 'alarms', label: 'devices.col.alarms', width: 5.5, numeric: true, text: (d, i) => d.raw.alarms[i]! },
  { name: 'home', label: 'devices.col.home', width: 8, text: (d, i) => when(d.raw.last_home[i]!) },
  { name: 'outside', label: 'devices.col.outside', width: 6.75, numeric: true, text: (d, i) => d.raw.sent_outside[i]! },
  { name: 'sent', label: 'devices.col.sent', width: 5.5, numeric: true, text: (d, i) => d.raw.sent[i]! },
  { name: 'first', label: 'devices.col.first', width: 8, text: (d, i) => when(d.raw.first[i]!) },
  { name: 'last', label: 'devices.col.last', width: 8, text: (d, i) => when(d.raw.last[i]!) }
];

const usual = ['grade', 'title', 'class', 'maker', 'address', 'site', 'findings', 'home'];
export const usualColumns = usual.join('.');

// columnsOf reads the columns from the URL: names with dots between them; without any, the usual ones. The
// device itself is always among them.
export function columnsOf(names: string | null): Column[] {
  const want = new Set((names || usualColumns).split('.'));
  want.add('title');
  return columns.filter((c) => want.has(c.name));
}

// always are in a file whatever is shown: one wants to find the device again.
const always: [string, (d: Table, i: number) => string][] = [
  ['id', (d, i) => d.raw.id[i]!],
  ['what', (d, i) => made(d, i) || d.title[i]!]
];

// exported gives a file of some devices to the browser's downloads.
export function exported(d: Table, rows: Iterable<number>, shown: Column[]): void {
  const out: (string | number)[][] = [];
  for (const i of rows) out.push([...always.map(([, f]) => f(d, i)), ...shown.map((c) => c.text(d, i))]);
  const head = [...always.map(([name]) => name), ...shown.map((c) => c.name)];
  save('cordon-devices-' + new Date().toISOString().slice(0, 10) + '.csv', csv(head, out));
}

// called is what a value of a facet reads as.
export function called(facet: Facet, value: string): string {
  if (value === '') return facet === 'list' ? t('devices.noList') : facet === 'grade' ? t('grade.none') : t('common.notKnown');
  if (facet === 'reach') return word('reach', value);
  return value;
}
