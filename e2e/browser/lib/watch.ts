// What no page may do, wherever a test goes: ask somebody else, break its own policy, throw, or
// let anything jump.
import { expect, type BrowserContext, type Page } from '@playwright/test';

export interface Watched {
  wrong: string[];
}

// watched notes what pages of the context do wrong. `allowed` are origins besides the box's that a test is about.
export function watched(context: BrowserContext, origin: string, allowed: string[] = []): Watched {
  const w: Watched = { wrong: [] };
  context.on('request', (r) => {
    const u = new URL(r.url());
    if (!['data:', 'blob:'].includes(u.protocol) && u.origin !== origin && !allowed.includes(u.origin)) w.wrong.push(`asked ${r.url()}`);
  });
  context.on('page', (p) => note(p, w));
  context.pages().forEach((p) => note(p, w));
  return w;
}

function note(p: Page, w: Watched): void {
  p.on('pageerror', (e) => w.wrong.push(`${p.url()}: ${e.stack ?? e.message}`));
  p.on('console', (m) => {
    if (m.type() === 'error' && /Content.Security.Policy|Uncaught/.test(m.text())) w.wrong.push(`${p.url()}: ${m.text()}`);
  });
}

export function nothingWrong(w: Watched): void {
  expect(w.wrong).toEqual([]);
}
