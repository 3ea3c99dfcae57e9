// Of what somebody wants to hear, between the form and the API, which leaves out what is as usual.
import type { Schemas } from '$lib/api';

export type Wish = Schemas['Wish'];
export const severities = ['info', 'low', 'medium', 'high', 'critical'] as const;
export const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

// tidy takes out what says nothing: empty texts and lists, half of the quiet hours, a digest's time
// without a digest.
export function tidy<W extends Wish>(w: W): W {
  const out: Record<string, unknown> = { ...w };
  if (!w.quiet?.from || !w.quiet.to || w.quiet.from === w.quiet.to) delete out.quiet;
  if (!w.digest) delete out.at;
  if (w.digest !== 'weekly') delete out.day;
  for (const [k, v] of Object.entries(out)) {
    if (k === 'channels') continue;
    if (v === '' || v === null || v === undefined || v === false || (Array.isArray(v) && v.length === 0)) delete out[k];
  }
  return out as W;
}

// zones are the time zones that the browser knows; the viewer's own stands first.
export function zones(): string[] {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return [...new Set([own, ...(Intl.supportedValuesOf?.('timeZone') ?? [])])];
}
