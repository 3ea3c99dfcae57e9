// The audit log is a chain: each entry's hash is made of the one before and of itself (docs/format/store.md).
// Here the browser follows it over the entries that it was given, without taking the server's word.
import type { Entry } from '../audit';

const zero = new Uint8Array(32); // stands before the first entry

// nanos is an RFC 3339 time in UTC as nanoseconds since 1970; a Date would lose the last six digits.
export function nanos(at: string): bigint {
  const m = /^(.*T\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(at);
  if (!m) return 0n;
  return BigInt(Date.parse(m[1] + 'Z')) * 1_000_000n + BigInt((m[2] ?? '').padEnd(9, '0'));
}

function little(n: bigint): Uint8Array {
  const b = new Uint8Array(8);
  new DataView(b.buffer).setBigInt64(0, n, true);
  return b;
}

const hexOf = (b: Uint8Array) => [...b].map((x) => x.toString(16).padStart(2, '0')).join('');
const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (x) => parseInt(x, 16));

// hashOf is the hash that an entry must have behind one of hash before ("": it is the first).
export async function hashOf(before: string, e: Entry): Promise<string> {
  const parts = [before ? bytesOf(before) : zero, little(nanos(e.at))];
  for (const text of [e.by, e.did, e.about ?? '', e.detail ?? '']) {
    const b = new TextEncoder().encode(text);
    parts.push(little(BigInt(b.length)), b);
  }
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    all.set(p, at);
    at += p.length;
  }
  return hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', all)));
}

export interface Chain {
  checked: number; // entries whose hash was computed anew
  broken?: Entry; // the newest whose hash is another
}

// follow checks entries that stand one behind the other, newest first. whole: the last one is the log's first.
export async function follow(entries: readonly Entry[], whole: boolean): Promise<Chain> {
  const out: Chain = { checked: 0 };
  for (const [i, e] of entries.entries()) {
    const before = entries[i + 1];
    if (!before && !whole) break;
    if ((await hashOf(before?.hash ?? '', e)) !== e.hash) out.broken ??= e;
    out.checked++;
  }
  return out;
}
