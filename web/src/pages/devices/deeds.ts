// What can be done with many devices at once: through the same operations as with one, one after the other.
import { answer, api, type Schemas } from '$lib/api';

// fewEnough is up to how many devices each is asked for alone; more are picked from the list of all.
const fewEnough = 10;

type Page<T> = { items: T[]; next?: string };

// allOf goes through the pages of a list.
async function allOf<T>(ask: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const out: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask(cursor);
    out.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return out;
}

async function ofDevices<T extends { device: string }>(
  ids: Set<string>,
  ask: (device: string | undefined, cursor: string | undefined) => Promise<Page<T>>
): Promise<T[]> {
  if (ids.size > fewEnough) return (await allOf((cursor) => ask(undefined, cursor))).filter((x) => ids.has(x.device));
  const out: T[] = [];
  for (const id of ids) out.push(...(await allOf((cursor) => ask(id, cursor))));
  return out;
}

// raisedAlarms gives the alarms of devices that nobody has seen.
export function raisedAlarms(ids: Set<string>): Promise<Schemas['Alarm'][]> {
  return ofDevices(ids, (device, cursor) =>
    answer(api.GET('/v1/alarms', { params: { query: { state: ['raised'], device, cursor, limit: 1000 } } }))
  );
}

// openFindings gives what is wrong with devices.
export function openFindings(ids: Set<string>): Promise<Schemas['FindingRow'][]> {
  return ofDevices(ids, (device, cursor) =>
    answer(api.GET('/v1/findings', { params: { query: { state: 'open', device, cursor, limit: 1000 } } }))
  );
}

export interface Sort {
  code: string;
  title: string; // of the first
  devices: string[];
}

// byCode puts findings of one code together, those on most devices first.
export function byCode(findings: Schemas['FindingRow'][]): Sort[] {
  const of = new Map<string, Sort>();
  for (const f of findings) {
    const s = of.get(f.code) ?? { code: f.code, title: f.title, devices: [] };
    of.set(f.code, s);
    if (!s.devices.includes(f.device)) s.devices.push(f.device);
  }
  return [...of.values()].sort((a, b) => b.devices.length - a.devices.length || (a.code < b.code ? -1 : 1));
}
