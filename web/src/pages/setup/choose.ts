// What the first run proposes, and what becomes of the choice.
import type { Schemas } from '$lib/api';

type Settings = Schemas['OwnerSettings'];
type Setup = Schemas['Setup'];
export type Interface = Schemas['SetupInterface'];
export type Network = Schemas['SetupNetwork'];

export const times = ['night', 'day', 'week', 'never'] as const;
export type When = (typeof times)[number];

// hours are what each answer to "when" means. Night and week keep to the small hours, day to none.
export const hours: Record<When, { every?: string; window?: string }> = {
  night: { every: '24h', window: '01:00-05:00' },
  day: { every: '24h' },
  week: { every: '168h', window: '01:00-05:00' },
  never: {}
};

export interface Choice {
  place: string; // name of the site
  networks: string[];
  interfaces: string[];
  when: When;
  now: boolean; // scan at once
}

// proposed is what most owners want: the networks that this machine is on, the mirror ports (where there
// is none, the interfaces of those networks), nights. What was chosen before, in a file as well, stands.
export function proposed(setup: Setup, was: Settings, place: string): Choice {
  const site = was.sites[0];
  const networks = site?.networks.length ? site.networks : setup.networks.filter((n) => n.proposed).map((n) => n.network);
  const heard = [...was.interfaces, ...(site?.interfaces ?? [])];
  const mirrors = setup.interfaces.filter((i) => i.mirror).map((i) => i.name);
  const carrying = setup.networks.filter((n) => n.proposed).map((n) => n.interface);
  const interfaces = heard.length ? heard : mirrors.length ? mirrors : carrying;
  return { place: site?.name ?? place, networks: [...networks], interfaces: [...new Set(interfaces)], when: whenOf(was), now: true };
}

// whenOf is the answer that hours come nearest to; nights where nothing was chosen yet.
export function whenOf(was: Settings): When {
  if (was.sites.length === 0 && !was.scan.every) return 'night';
  return (
    times.find((w) => same(hours[w].every, was.scan.every) && same(hours[w].window, was.scan.window)) ?? (was.scan.every ? 'day' : 'never')
  );
}

const same = (a: string | undefined, b: string | undefined) => (a ?? '') === (b ?? '');

// chosen are the settings with the choice in them: of the first site, of which the first run asks, and of
// when is scanned; all else stays as it was.
export function chosen(was: Settings, c: Choice): Settings {
  const { from: _, ...rest } = was;
  const [first, ...others] = was.sites;
  const site = { ...first, name: c.place.trim(), networks: c.networks, interfaces: c.interfaces };
  const kept = whenOf(was) === c.when && was.sites.length > 0;
  const scan = kept ? was.scan : { ...hours[c.when], ...(was.scan.pace ? { pace: was.scan.pace } : {}) };
  return { ...rest, sites: [site, ...others], interfaces: [], scan };
}

// network reads what somebody typed as a network: with a length, an address within stands for its network.
// undefined: it is none, or stands for more than a part of the internet.
export function network(text: string): string | undefined {
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text.trim());
  if (v4) {
    const [a, b, c, d, bits] = v4.slice(1).map(Number) as [number, number, number, number, number];
    if (Math.max(a, b, c, d) > 255 || bits > 32 || bits < 8) return undefined;
    const all = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    const cut = (all & (0xffffffff << (32 - bits))) >>> 0;
    return `${cut >>> 24}.${(cut >>> 16) & 255}.${(cut >>> 8) & 255}.${cut & 255}/${bits}`;
  }
  return /^[0-9a-f:]*:[0-9a-f:]*\/\d{1,3}$/i.test(text.trim()) ? text.trim().toLowerCase() : undefined;
}

// rate is how many packets a second an interface has between two looks; undefined before the second.
export function rate(before: Interface | undefined, now: Interface, seconds: number): number | undefined {
  if (!before || seconds <= 0 || now.packets < before.packets) return undefined;
  return Math.round((now.packets - before.packets) / seconds);
}
