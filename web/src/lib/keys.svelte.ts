// Keys that work on every page. They are single characters, so they can be switched off
// (WCAG 2.2, 2.1.4), and they are deaf while somebody types.
import { go } from './router.svelte';

// places are where "g" and one more key lead.
export const places: Record<string, string> = {
  n: '/',
  d: '/devices',
  t: '/traffic',
  a: '/alarms',
  f: '/findings',
  l: '/lists',
  r: '/reports',
  s: '/settings',
  h: '/help'
};

const place = 'cordon.keys';

function kept(): boolean {
  try {
    return localStorage.getItem(place) !== 'off';
  } catch {
    return true;
  }
}

let on = $state(kept());

export const keys = {
  get on(): boolean {
    return on;
  },
  set on(v: boolean) {
    on = v;
    try {
      if (v) localStorage.removeItem(place);
      else localStorage.setItem(place, 'off');
    } catch {
      // It holds for this visit alone.
    }
  }
};

// typing reports whether keys belong to a control of the page.
export function typing(e: Pick<Element, 'matches'> | null): boolean {
  return !!e?.matches('input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]');
}

let since = 0; // when "g" was pressed

// pressed acts on a key of the document. Put it on the document.
export function pressed(e: KeyboardEvent): void {
  if (!on || e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey) return;
  if (typing(e.target as Element) || document.querySelector('dialog[open]')) return;
  const after = e.timeStamp - since < 1500;
  since = 0;
  const to = places[e.key];
  if (after && to) go(to);
  else if (e.key === 'g') since = e.timeStamp;
  else if (e.key === '?') go('/help#keys');
  else if (e.key === '/') document.querySelector<HTMLElement>('#content input[type=search]')?.focus();
  else return;
  e.preventDefault();
}
