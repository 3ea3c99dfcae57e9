// What a page of one device concludes from the server's answers for showing them: nothing is judged here.
import type { Schemas } from '$lib/api';

export type Known = Schemas['Known'];
export type Belief = Schemas['Belief'];
export type Reason = Schemas['Reason'];

// percent of a confidence, never quite certain: rounding makes nothing so.
export function percent(confidence: number): number {
  return Math.min(99, Math.round(confidence * 100));
}

// titleOf is what one would call the device: what it is by badge and model, else its name, else where it is.
export function titleOf(d: Known): string {
  const { brand, maker, model } = d.identity;
  const made = [brand.value || maker.value, model.value].filter(Boolean).join(' ');
  return made || d.names?.[0] || firstAddress(d) || d.id;
}

// firstAddress is its first IPv4 address, else its first.
export function firstAddress(d: Known): string {
  const all = addressesOf(d);
  return all.find((a) => a.includes('.')) ?? all[0] ?? '';
}

export function addressesOf(d: Known): string[] {
  return (d.interfaces ?? []).flatMap((i) => i.addresses ?? []);
}

export type Badge = 'same' | 'other' | 'different' | 'noBadge' | 'noMaker' | 'unknown';

// badgeOf holds the badge against the maker. That they do not fit is the server's finding; without
// one, two names may well be one house.
export function badgeOf(d: Known, findings: Schemas['FindingRow'][]): Badge {
  const { brand, maker } = d.identity;
  if (findings.some((f) => f.code === 'label-versus-truth' && !isOver(f))) return 'other';
  if (!brand.value && !maker.value) return 'unknown';
  if (!brand.value) return 'noBadge';
  if (!maker.value) return 'noMaker';
  return brand.value.toLowerCase() === maker.value.toLowerCase() || (!!brand.key && brand.key === maker.key) ? 'same' : 'different';
}

export function isOver(f: { closed?: string }): boolean {
  return !!f.closed && !f.closed.startsWith('0001-');
}

// forAndAgainst parts reasons, strongest first in each.
export function forAndAgainst(b: Belief): { pro: Reason[]; con: Reason[] } {
  const reasons = b.reasons ?? [];
  return { pro: reasons.filter((r) => r.weight >= 0), con: reasons.filter((r) => r.weight < 0) };
}

export interface Since {
  found: Schemas['FindingRow'][]; // findings that began
  over: Schemas['FindingRow'][]; // that ended
  changes: Schemas['Change'][];
  ends: Schemas['Destination'][]; // far ends outside that were not known before
}

// changedSince gathers what is other than it was at a time.
export function changedSince(at: number, d: Known, findings: Schemas['FindingRow'][], changes: Schemas['Change'][]): Since {
  const after = (s: string) => Date.parse(s) >= at;
  return {
    found: findings.filter((f) => !isOver(f) && after(f.first)),
    over: findings.filter((f) => isOver(f) && after(f.closed!)),
    changes: changes.filter((c) => after(c.at)),
    ends: (d.destinations ?? []).filter((e) => after(e.first))
  };
}

// daysOf groups what is in order of time by the viewer's days.
export function daysOf<T extends { at: string }>(list: T[], day: (at: Date) => string): { day: string; items: T[] }[] {
  const out: { day: string; items: T[] }[] = [];
  for (const x of list) {
    const d = day(new Date(x.at));
    if (out.at(-1)?.day !== d) out.push({ day: d, items: [] });
    out.at(-1)!.items.push(x);
  }
  return out;
}

export interface Held {
  field: 'brand' | 'maker' | 'model' | 'address' | 'mac' | 'site' | 'room' | 'department';
  claimed: string;
  found: string;
  fits?: boolean; // undefined: nothing was found to hold against it
}

const same = (a: string, b: string) => a.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '') === b.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

// heldAgainst puts what the owner's inventory says beside what was found.
export function heldAgainst(d: Known): Held[] {
  const c = d.claim;
  if (!c) return [];
  const id = d.identity;
  const rows: [Held['field'], string | undefined, string[]][] = [
    ['brand', c.brand, [id.brand.value]],
    ['maker', c.maker, [id.maker.value]],
    ['model', c.model, [id.model.value]],
    ['address', c.address, addressesOf(d)],
    ['mac', c.mac, (d.interfaces ?? []).map((i) => i.mac)],
    ['site', c.site, [d.site ?? '']]
  ];
  return rows
    .filter(([, claimed]) => !!claimed)
    .map(([field, claimed, all]) => {
      const found = all.filter(Boolean);
      const fitting = found.find((f) => same(f, claimed!));
      return { field, claimed: claimed!, found: fitting ?? found[0] ?? '', fits: found.length > 0 ? fitting !== undefined : undefined };
    });
}

export interface Service {
  port: number;
  how: string[]; // what was recognised there
}

// servicesOf gives the ports on which others were answered: those that accepted a scan, and those that
// somebody was seen to use.
export function servicesOf(d: Known, contacts: Schemas['Contact'][]): Service[] {
  const ports = new Map<number, Set<string>>((d.ports ?? []).map((p) => [p, new Set()]));
  for (const c of contacts) {
    if (c.opened || !c.port || c.unanswered >= c.flows || c.protocol.startsWith('icmp')) continue;
    const how = ports.get(c.port) ?? new Set();
    if (c.app) how.add(c.app);
    ports.set(c.port, how);
  }
  return [...ports].sort((a, b) => a[0] - b[0]).map(([port, how]) => ({ port, how: [...how] }));
}

// protocolOf is the first part of a fact's kind: "onvif" of "onvif.scope".
export function protocolOf(kind: string): string {
  return kind.split('.', 1)[0]!;
}

// byProtocol groups facts by who said them, those with most facts first.
export function byProtocol(facts: Schemas['Observation'][]): [string, Schemas['Observation'][]][] {
  const of = new Map<string, Schemas['Observation'][]>();
  for (const f of facts) {
    const p = protocolOf(f.kind);
    const list = of.get(p);
    if (list) list.push(f);
    else of.set(p, [f]);
  }
  return [...of].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
}
