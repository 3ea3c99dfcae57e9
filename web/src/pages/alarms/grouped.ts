import type { Schemas } from '$lib/api';

export type Alarm = Schemas['Alarm'];

// Group is alarms that one cause raised: several of one code, or a single one.
export interface Group {
  key: string;
  alarms: Alarm[];
}

// A storm is hidden behind one line from so many alarms of one code.
export const storm = 4;

// grouped puts alarms of one code together where there are many, in the place of the first of them.
export function grouped(alarms: Alarm[]): Group[] {
  const of = new Map<string, Alarm[]>();
  for (const a of alarms) of.set(a.code, [...(of.get(a.code) ?? []), a]);
  const done = new Set<string>();
  const out: Group[] = [];
  for (const a of alarms) {
    const all = of.get(a.code)!;
    if (all.length < storm) out.push({ key: String(a.id), alarms: [a] });
    else if (!done.has(a.code)) {
      done.add(a.code);
      out.push({ key: a.code, alarms: all });
    }
  }
  return out;
}
