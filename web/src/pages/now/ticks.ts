// What happened, in fewer lines: the same again and again is one line with how often.
export interface Line<T> {
  tick: T; // the newest
  times: number;
}

// gathered puts what has one title at one place into the line of the newest, for kinds that repeat by the clock.
export function gathered<T extends { kind: string; title: string; site?: string }>(ticks: T[]): Line<T>[] {
  const scans = new Map<string, Line<T>>();
  const out: Line<T>[] = [];
  for (const tick of ticks) {
    const key = tick.site + '\n' + tick.title;
    const line = tick.kind === 'scan' ? scans.get(key) : undefined;
    if (line) line.times++;
    else {
      const fresh = { tick, times: 1 };
      out.push(fresh);
      if (tick.kind === 'scan') scans.set(key, fresh);
    }
  }
  return out;
}
