// What the page makes of GET /v1/traffic.
import type { Schemas } from '$lib/api';
import type { Link } from '$lib/flowpicture';
import { country } from '$lib/format';
import { t, tn } from '$lib/texts';
import type { Day } from './days';

export type Traffic = Schemas['Traffic'];
export type End = Schemas['TrafficEnd'];

// span is the chosen days, both included, as times.
export function span(from: string, to: string): { from?: string; to?: string } {
  const out: { from?: string; to?: string } = {};
  if (from) out.from = from + 'T00:00:00Z';
  if (to) out.to = new Date(Date.parse(to + 'T00:00:00Z') + 86400_000).toISOString();
  return out;
}

// daysOf puts the days without traffic back between the others, so that time is even.
export function daysOf(days: Traffic['days']): Day[] {
  if (days.length === 0) return [];
  const of = new Map(days.map((d) => [d.day, d.bytes_sent + d.bytes_received]));
  const all = [...of.keys()].sort();
  const out: Day[] = [];
  for (let at = Date.parse(all[0]!); at <= Date.parse(all.at(-1)!); at += 86400_000) {
    const day = new Date(at).toISOString().slice(0, 10);
    out.push({ day, bytes: of.get(day) ?? 0 });
  }
  return out;
}

// rest is how what is not shown is called.
const rest = (others?: number) => (others ? tn('traffic.others', others) : t('traffic.rest'));

// nameOf is a far end for people.
export function nameOf(e: End, by: string): string {
  if (e.rest) return rest(e.others);
  if (by === 'country' || by === 'operator') return e.key ? country(e.key) : t('common.notKnown');
  return e.label || t('common.notKnown');
}

export const endName = (now: Traffic, id: string) => nameOf(now.ends[Number(id)]!, now.by);

export function nodeName(now: Traffic, id: string): string {
  const n = now.nodes[Number(id)]!;
  return n.rest ? rest(n.others) : n.label || t('common.notKnown');
}

// Part is what is shown where a country was picked on the map: all without one.
export interface Part {
  ends: End[];
  links: Link[];
  device: (id: string) => string | undefined; // where the name of a node leads
}

export function narrowed(now: Traffic, code: string): Part {
  const fits = (e: End) => !code || e.country === code || (now.by === 'country' && e.key === code);
  return {
    ends: now.ends.filter(fits),
    links: now.links
      .filter((l) => fits(now.ends[l.to]!))
      .map((l) => ({ from: String(l.from), to: String(l.to), bytes: l.bytes_sent + l.bytes_received })),
    device: (id) => {
      const n = now.nodes[Number(id)];
      return n?.key && !n.rest ? '/devices/' + encodeURIComponent(n.key) : undefined;
    }
  };
}
