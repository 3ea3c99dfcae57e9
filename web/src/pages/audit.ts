// The audit log as it is shown: by the viewer's days, with words for what was done.
import type { Schemas } from '$lib/api';

export type Entry = Schemas['Entry'];

export interface Day {
  at: string; // of its newest entry
  entries: Entry[];
}

// byDay keeps the order and begins a new day where the viewer's calendar does.
export function byDay(entries: readonly Entry[]): Day[] {
  const days: Day[] = [];
  let key = '';
  for (const e of entries) {
    const k = new Date(e.at).toDateString();
    if (k !== key) days.push({ at: e.at, entries: [] });
    key = k;
    days[days.length - 1]!.entries.push(e);
  }
  return days;
}

// placeOf is the page of what an entry is about, undefined where it has none. The log says it in
// words: "alarm 7", "device 02:00:..", "site hq".
export function placeOf(about: string): string | undefined {
  const [kind, ...rest] = about.split(' ');
  const what = encodeURIComponent(rest.join(' '));
  if (!what) return undefined;
  if (kind === 'alarm') return '/alarms/' + what;
  if (kind === 'device') return '/devices/' + what;
  return undefined;
}
