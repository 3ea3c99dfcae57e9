// What devices are called, for pages that have only their ids. Ids are gathered for a moment and
// asked for together; what was answered is kept while the page is open.
import { SvelteMap } from 'svelte/reactivity';
import { answer, api, type Schemas } from './api';

type Row = Schemas['DeviceRow'];

const known = new SvelteMap<string, Row>();
const asked = new Set<string>();
let waiting: string[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
const most = 100; // ids that one question may name

async function ask(ids: string[]): Promise<void> {
  try {
    const got = await answer(api.GET('/v1/devices', { params: { query: { id: ids, limit: most } } }));
    for (const row of got.items) known.set(row.id, row);
  } catch {
    for (const id of ids) asked.delete(id); // another time
  }
}

function gather(): void {
  timer = undefined;
  const ids = waiting;
  waiting = [];
  for (let i = 0; i < ids.length; i += most) void ask(ids.slice(i, i + most));
}

// deviceOf gives a device's row once it is known; it asks for it otherwise.
export function deviceOf(id: string): Row | undefined {
  if (id && !asked.has(id)) {
    asked.add(id);
    waiting.push(id);
    timer ??= setTimeout(gather, 20);
  }
  return known.get(id);
}

// calledOf is what people would call a device: its name, else what it is, else where it is.
export function calledOf(row: Pick<Row, 'names' | 'brand' | 'model' | 'class' | 'addresses'>): string {
  const made = [row.brand, row.model].filter(Boolean).join(' ');
  return row.names?.[0] || made || [row.class, row.addresses?.[0]].filter(Boolean).join(' ');
}
