// What a link says behind its "#": the one-time links of claiming (#claim=...) and of an invitation
// (#invite=...), and why somebody comes back from another log-in (#sorry=...). It never goes to a server.
const kinds = ['claim', 'invite', 'sorry'] as const;
export type LinkKind = (typeof kinds)[number];

export interface Link {
  kind: LinkKind;
  value: string;
}

// linkOf reads what stands behind the "#", undefined for what is no such link.
export function linkOf(hash: string): Link | undefined {
  const m = /^#(\w+)=([\w-]+)$/.exec(hash);
  const kind = kinds.find((k) => k === m?.[1]);
  return kind && { kind, value: m![2]! };
}

let now = $state.raw(linkOf(location.hash));
addEventListener('hashchange', () => (now = linkOf(location.hash)));

export const link = {
  get now(): Link | undefined {
    return now;
  },
  // used takes it out of the address bar and the history.
  used(): void {
    history.replaceState(null, '', location.pathname + location.search);
    now = undefined;
  }
};
