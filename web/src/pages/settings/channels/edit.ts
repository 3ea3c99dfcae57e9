// A channel between the form and the API.
import type { Schemas } from '$lib/api';

export type Channel = Schemas['Channel'];
export type Body = Schemas['ChannelBody'];
export type Kind = Schemas['Kind'];
export type Settings = Channel['settings'];

// bodyOf is a channel as the form begins with it; without one, a new one of a kind.
export function bodyOf(c: Channel | undefined, kind: string): Body {
  if (!c) return { name: '', kind: kind as Body['kind'], offered: true, settings: {}, secrets: {} };
  return {
    name: c.name,
    kind: c.kind as Body['kind'],
    off: c.off,
    offered: c.offered,
    settings: { ...c.settings },
    secrets: {},
    route: c.route
  };
}

// sent is what goes to the server: settings of another kind and what is empty are left out; a secret that
// was not typed stays what it was.
export function sent(b: Body, kind: Kind): Body {
  const settings: Record<string, unknown> = {};
  for (const f of kind.fields ?? []) {
    const v = b.settings[f as keyof Settings];
    if (v !== undefined && v !== '' && !(Array.isArray(v) && v.length === 0)) settings[f] = v;
  }
  const secrets = Object.fromEntries(Object.entries(b.secrets ?? {}).filter(([name, v]) => v !== '' && kind.secrets?.includes(name)));
  return { ...b, name: b.name.trim(), settings: settings as Settings, secrets };
}

// choices are the values of the settings that are chosen and not typed.
export const choices: Partial<Record<string, readonly string[]>> = {
  security: ['', 'tls', 'starttls', 'plain'],
  transport: ['', 'tcp', 'tls', 'udp']
};
