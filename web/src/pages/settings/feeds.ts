// Block lists for other gear: their formats, and the addresses that gear is given.
export const formats = ['hosts', 'adblock', 'ip', 'nft', 'rpz'] as const;
export type Format = (typeof formats)[number];

// addressOf is where gear fetches a list. token: that of the role feed, which opens nothing else.
export function addressOf(origin: string, format: Format, countries: readonly string[], token?: string): string {
  const q = new URLSearchParams(countries.map((c) => ['country', c]));
  if (token) q.append('token', token);
  const s = q.toString();
  return `${origin}/feeds/${format}${s ? '?' + s : ''}`;
}

// countryOf reads a country as its code (ISO 3166 alpha-2), undefined for what is none.
export function countryOf(typed: string): string | undefined {
  return /^[a-z]{2}$/i.test(typed.trim()) ? typed.trim().toUpperCase() : undefined;
}
