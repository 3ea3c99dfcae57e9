// Moments as the API tells them, and days that people choose.

// isTime reports whether a time of the API is one: what never happened is missing, or Go's zero time.
export function isTime(at: string | null | undefined): at is string {
  return !!at && !at.startsWith('0001-');
}

// endOf is the end of a day of the viewer's calendar ("2026-12-24", as <input type="date"> has it) in
// RFC 3339; undefined for none.
export function endOf(day: string): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return undefined;
  const [y, m, d] = day.split('-').map(Number) as [number, number, number];
  return new Date(y, m - 1, d, 23, 59, 59).toISOString();
}

// dayOf is the day of a moment as <input type="date"> has it, "" for none.
export function dayOf(at: string | null | undefined): string {
  if (!isTime(at)) return '';
  const w = new Date(at);
  return [w.getFullYear(), w.getMonth() + 1, w.getDate()].map((n) => String(n).padStart(2, '0')).join('-');
}
