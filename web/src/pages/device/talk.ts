// What one device exchanged, put together: with whom it talks, and who opens conversations to it.
import type { Schemas } from '$lib/api';

export type Contact = Schemas['Contact'];

// End is one party that the device talks with, over all days and ports that were asked for.
export interface End {
  key: string;
  name: string; // as the device called it, else its address
  peer?: string; // id of the device that it is, inside
  addresses: string[];
  outside: boolean;
  group: boolean; // everybody at once: multicast, broadcast
  country: string; // where it is registered
  operator: string; // country of its operator
  network: string;
  how: string[]; // applications and ports: "rtsp", "tcp 8666"
  sent: number;
  received: number;
  flows: number;
  unanswered: number;
  days: string[]; // on which, first to last: the first and the last of them
}

// isGroup reports whether an address stands for everybody (RFC 5771, RFC 4291 section 2.7, RFC 919).
export function isGroup(address: string): boolean {
  const first = Number(address.split('.', 1)[0]);
  return /^ff/i.test(address) || address === '255.255.255.255' || (address.includes('.') && first >= 224 && first < 240);
}

// howOf names what a conversation was: its application where that was recognised, else protocol and port.
export function howOf(c: Contact): string {
  if (c.app) return c.app;
  return c.port ? `${c.protocol} ${c.port}` : c.protocol;
}

const add = (list: string[], s: string) => {
  if (s && !list.includes(s)) list.push(s);
};

function keyOf(c: Contact): string {
  if (!c.outside && c.peer) return 'device ' + c.peer;
  if (isGroup(c.far)) return 'everybody';
  return c.name || c.far;
}

function empty(c: Contact): End {
  return {
    key: keyOf(c),
    name: c.name || c.far,
    peer: c.outside ? undefined : c.peer,
    addresses: [],
    outside: c.outside,
    group: isGroup(c.far),
    country: c.place.country ?? '',
    operator: c.place.operator_country ?? '',
    network: c.place.network ?? '',
    how: [],
    sent: 0,
    received: 0,
    flows: 0,
    unanswered: 0,
    days: []
  };
}

function gathered(all: Contact[], keyOf: (c: Contact) => string): End[] {
  const ends = new Map<string, End>();
  for (const c of all) {
    const key = keyOf(c);
    const e = ends.get(key) ?? empty(c);
    e.key = key;
    ends.set(key, e);
    add(e.addresses, c.far);
    add(e.how, howOf(c));
    e.sent += c.bytes_sent;
    e.received += c.bytes_received;
    e.flows += c.flows;
    e.unanswered += c.unanswered;
    const [first, last] = [e.days[0] ?? c.start, e.days[1] ?? c.start];
    e.days = [c.start < first ? c.start : first, c.start > last ? c.start : last];
  }
  return [...ends.values()].sort((a, b) => b.sent + b.received - (a.sent + a.received) || (a.key < b.key ? -1 : 1));
}

// endsOf gives with whom it talks, most bytes first. People's own devices have no far ends to show.
export function endsOf(contacts: Contact[]): End[] {
  return gathered(
    contacts.filter((c) => c.far !== ''),
    keyOf
  );
}

// openersOf gives who opened conversations to it, by party and application. Errors and pings are no
// conversations: ICMP is left out, and so is what was said to everybody.
export function openersOf(contacts: Contact[]): End[] {
  const to = contacts.filter((c) => !c.opened && c.far !== '' && !c.protocol.startsWith('icmp') && !isGroup(c.far));
  return gathered(to, (c) => `${c.peer ?? c.far} ${howOf(c)}`);
}

// outcome says how an end's conversations went.
export function outcome(e: Pick<End, 'flows' | 'unanswered'>): 'answered' | 'some' | 'tried' {
  if (e.unanswered === 0) return 'answered';
  return e.unanswered < e.flows ? 'some' : 'tried';
}
