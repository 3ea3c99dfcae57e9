// What the server tells of as it happens (GET /v1/events). Questions depend on `changed(kind)`, and are
// asked again at most once a second however much happens.
import { SvelteMap } from 'svelte/reactivity';

export interface Happened {
  at: string;
  kind: string;
  id: string; // of what changed: a device's, an alarm's number
  title?: string;
}

const counts = new SvelteMap<string, number>();
let connected = $state(true);

export const live = {
  // false: the server cannot be reached now
  get connected() {
    return connected;
  }
};

// changed is a number that grows when something of the kind happened.
export function changed(kind: string): number {
  return counts.get(kind) ?? 0;
}

const waiting = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;

function note(kind: string): void {
  waiting.add(kind);
  timer ??= setTimeout(() => {
    timer = undefined;
    for (const k of waiting) counts.set(k, (counts.get(k) ?? 0) + 1);
    waiting.clear();
  }, 1000);
}

const hearers = new Set<(h: Happened) => void>();

// hear is told of each event as it comes; it ends with the returned function. For pages that care about
// one device of thousands: everything else depends on `changed`.
export function hear(f: (h: Happened) => void): () => void {
  hearers.add(f);
  return () => hearers.delete(f);
}

let source: EventSource | undefined;

// kinds of events that the server names; see GET /v1/events in the API's reference.
const kinds = ['alarm', 'finding', 'device', 'scan', 'sensor', 'knowledge', 'site', 'rule', 'risk', 'report', 'settings'];

// listen begins to be told; it ends with the returned function.
export function listen(): () => void {
  source?.close();
  const s = new EventSource('/v1/events');
  source = s;
  let was = true;
  s.onopen = () => {
    connected = true;
    if (!was) for (const k of kinds) note(k); // what happened meanwhile is not known
    was = true;
  };
  s.onerror = () => (connected = was = false);
  const take = (e: MessageEvent<string>) => {
    const h = JSON.parse(e.data) as Happened;
    note(h.kind ?? e.type);
    for (const f of hearers) f(h);
  };
  for (const k of kinds) s.addEventListener(k, take);
  s.addEventListener('lost', () => kinds.forEach(note)); // we were too slow to be told all
  return () => s.close();
}
