// Which rows of a long list stand in the document: those in sight and some beside them. Every row has
// the same height, so that a list of 32,000 costs as much as one of thirty.

export interface Window {
  from: number; // first row that is drawn
  to: number; // one after the last
  before: number; // pixels above the first, in place of the rows that are not drawn
  after: number; // likewise below the last
}

// beside is how many rows are drawn beyond what is in sight, on either side.
const beside = 8;

// windowOf gives the rows to draw. Heights in pixels; a view of height 0 draws as if it were 600 high.
export function windowOf(top: number, view: number, row: number, count: number): Window {
  const seen = Math.ceil((view || 600) / row);
  const first = Math.min(Math.max(0, Math.floor(top / row)), Math.max(0, count - seen));
  const from = Math.max(0, first - beside);
  const to = Math.min(count, first + seen + 1 + beside);
  return { from, to, before: from * row, after: (count - to) * row };
}

// scrollFor gives where to scroll so that a row is in sight below a head of some height, or top where it is already.
export function scrollFor(index: number, top: number, view: number, row: number, head: number): number {
  const at = index * row;
  if (at < top) return at;
  const room = view - head;
  return at + row > top + room ? at + row - room : top;
}

// moved gives the row that a key leads to from another, or undefined for keys that do not move.
export function moved(key: string, at: number, count: number, page: number): number | undefined {
  const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
  if (key === 'Home') return 0;
  if (key === 'End') return Math.max(0, count - 1);
  const step = steps[key];
  return step === undefined ? undefined : Math.min(Math.max(0, at + step), Math.max(0, count - 1));
}
