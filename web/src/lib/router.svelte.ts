// The URL is the state of the page: path and query, read and written here alone.

export interface Route {
  path: string; // "/devices/02:00..", never empty
  query: URLSearchParams;
}

function read(): Route {
  return { path: location.pathname.replace(/\/+$/, '') || '/', query: new URLSearchParams(location.search) };
}

let now = $state.raw(read());

export const route = {
  get path() {
    return now.path;
  },
  get query() {
    return now.query;
  },
  // parts are those of the path, decoded: ["devices", "02:00:.."]
  get parts() {
    return now.path.split('/').filter(Boolean).map(decodeURIComponent);
  }
};

addEventListener('popstate', () => (now = read()));

// go shows another place of the application.
export function go(to: string, how: { replace?: boolean } = {}): void {
  const moved = new URL(to, location.href).pathname !== location.pathname;
  history[how.replace ? 'replaceState' : 'pushState'](null, '', to);
  now = read();
  if (moved && !how.replace) {
    scrollTo(0, 0);
    document.getElementById('content')?.focus({ preventScroll: true });
  }
}

// setQuery changes parameters of the query: null or "" takes one out. Typing replaces, so that Back leaves the page.
export function setQuery(change: Record<string, string | string[] | null>, how: { push?: boolean } = {}): void {
  const q = new URLSearchParams(location.search);
  for (const [k, v] of Object.entries(change)) {
    q.delete(k);
    for (const one of Array.isArray(v) ? v : v ? [v] : []) q.append(k, one);
  }
  const s = q.toString();
  go(location.pathname + (s ? '?' + s : ''), { replace: !how.push });
}

// followed lets ordinary links work without loading the document anew. Put it on a root element.
export function followed(e: MouseEvent): void {
  if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
  const a = (e.target as Element).closest('a');
  if (!a || a.target || a.hasAttribute('download') || a.origin !== location.origin || /^\/(v1|feeds|ca\.crt|docs|openapi)/.test(a.pathname))
    return;
  if (a.hash && a.pathname === location.pathname && a.search === location.search) return;
  e.preventDefault();
  go(a.pathname + a.search + a.hash);
}
