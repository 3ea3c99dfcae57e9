// All devices in memory, as columns: what the list filters, sorts and groups while one types.
import type { Schemas } from '$lib/api';

export type Raw = Schemas['DeviceTable'];

// Columns whose values are places in `texts`.
export const textFields = [
  'site',
  'department',
  'room',
  'class',
  'brand',
  'maker',
  'model',
  'firmware',
  'grade',
  'reach',
  'worst'
] as const;
export type TextField = (typeof textFields)[number];

export interface Table {
  rows: number;
  total: number; // how many devices there are; more than rows: the rest was left out
  raw: Raw;
  texts: string[];
  col: Record<TextField, Uint32Array>;
  title: string[]; // what one would call each
  hay: string[]; // what a search looks into: all of it, in lower case
}

// searched are the columns of texts that a search looks into.
const searched: TextField[] = ['site', 'department', 'room', 'class', 'brand', 'maker', 'model', 'firmware'];

// tableOf prepares the server's answer.
export function tableOf(raw: Raw): Table {
  const n = raw.rows;
  const col = Object.fromEntries(textFields.map((f) => [f, Uint32Array.from(raw[f])])) as Table['col'];
  const low = raw.texts.map((s) => s.toLowerCase());
  const title = new Array<string>(n);
  const hay = new Array<string>(n);
  for (let i = 0; i < n; i++) {
    const made = [raw.texts[col.brand[i]!] || raw.texts[col.maker[i]!], raw.texts[col.model[i]!]].filter(Boolean).join(' ');
    title[i] = raw.name[i] || made || raw.address[i] || raw.id[i]!;
    const said = [`${raw.name[i]}\n${raw.address[i]}\n${raw.mac[i]}\n${raw.id[i]}`.toLowerCase()];
    for (const f of searched) {
      const s = low[col[f][i]!]!;
      if (s) said.push(s);
    }
    hay[i] = said.join('\n'); // joined, not added: the first search need not put the pieces together
  }
  return { rows: n, total: raw.total, raw, texts: raw.texts, col, title, hay };
}

// made is what a row is by badge and model, or class, where its title does not say that.
export function made(t: Table, i: number): string {
  const s = [t.texts[t.col.brand[i]!] || t.texts[t.col.maker[i]!], t.texts[t.col.model[i]!]].filter(Boolean).join(' ');
  return s === t.title[i] ? '' : s;
}
