// How amounts, times and beliefs read. One place, so that the same value reads the same on every page.
import { t } from './texts';

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

// bytes in decimal units, three digits: "1.24 GB".
export function bytes(n: number): string {
  let i = 0;
  while (n >= 999.5 && i < units.length - 1) {
    n /= 1000;
    i++;
  }
  return `${i === 0 || n >= 99.95 ? Math.round(n) : n >= 9.995 ? n.toFixed(1) : n.toFixed(2)} ${units[i]}`;
}

// count with thousands apart.
export function count(n: number): string {
  return n.toLocaleString('en');
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'long' });
const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['second', 60],
  ['minute', 60],
  ['hour', 24],
  ['day', 30.4],
  ['month', 12],
  ['year', Infinity]
];

// ago says how long it is from a time to now, in the largest fitting unit.
export function ago(at: Date, now = Date.now()): string {
  let n = (at.getTime() - now) / 1000;
  if (Math.abs(n) < 10) return t('time.now');
  for (const [unit, size] of steps) {
    if (Math.abs(n) < size) return relative.format(Math.round(n), unit);
    n /= size;
  }
  return '';
}

const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const localDay = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

export function dateTime(at: Date): string {
  return local.format(at);
}
export function day(at: Date): string {
  return localDay.format(at);
}

// utc is the same moment for people in other zones and for logs.
export function utc(at: Date): string {
  return at.toISOString().replace('T', ' ').slice(0, 19) + ' UTC';
}

// sure puts a confidence into words; the steps are those of the report.
export function sure(confidence: number): string {
  if (confidence >= 0.95) return t('sure.certain');
  if (confidence >= 0.8) return t('sure.very');
  if (confidence >= 0.6) return t('sure.likely');
  if (confidence >= 0.35) return t('sure.possible');
  return t('sure.guess');
}

const names = typeof Intl.DisplayNames === 'function' ? new Intl.DisplayNames('en', { type: 'region', fallback: 'code' }) : undefined;

// country is the name of an ISO 3166 alpha-2 code.
export function country(code: string): string {
  if (!/^[A-Z]{2}$/.test(code)) return code || t('common.notKnown');
  return names?.of(code) ?? code;
}
