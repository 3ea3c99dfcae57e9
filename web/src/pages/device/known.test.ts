import { describe, expect, test } from 'vitest';
import { badgeOf, changedSince, daysOf, heldAgainst, percent, servicesOf, titleOf, type Known } from './known';

const belief = (value = '', key = value.toLowerCase()) => ({ value, key, confidence: 0.9, reasons: [] });
const known = (d: object = {}): Known =>
  ({
    id: 'aa',
    interfaces: [{ mac: 'aa', addresses: ['fe80::1', '10.0.0.4'] }],
    identity: { class: belief(), brand: belief(), maker: belief(), model: belief(), firmware: belief() },
    destinations: [],
    ...d
  }) as unknown as Known;
const made = (brand: string, maker: string) =>
  known({ identity: { class: belief(), brand: belief(brand), maker: belief(maker), model: belief('X1'), firmware: belief() } });

test('nothing is quite certain', () => {
  expect(percent(1)).toBe(99);
  expect(percent(0.966)).toBe(97);
});

test('a device without a badge is called by its maker, then by where it is', () => {
  expect(titleOf(made('', 'Dahua'))).toBe('Dahua X1');
  expect(titleOf(known())).toBe('10.0.0.4');
});

describe('badgeOf', () => {
  test('that they do not fit is the finding, not the names', () => {
    const finding = { code: 'label-versus-truth' } as never;
    expect(badgeOf(made('Brightwell', 'Dahua'), [finding])).toBe('other');
    expect(badgeOf(made('Brightwell', 'Dahua'), [])).toBe('different');
    expect(badgeOf(made('Dahua', 'Dahua'), [{ code: 'label-versus-truth', closed: '2026-01-01T00:00:00Z' } as never])).toBe('same');
  });
  test('what is not known is said so', () => {
    expect(badgeOf(made('', 'Dahua'), [])).toBe('noBadge');
    expect(badgeOf(made('D-Link', ''), [])).toBe('noMaker');
    expect(badgeOf(known(), [])).toBe('unknown');
  });
});

test('changedSince keeps what is newer', () => {
  const at = Date.parse('2026-11-22T00:00:00Z');
  const now = '2026-11-22T10:00:00Z';
  const old = '2026-11-20T10:00:00Z';
  const s = changedSince(
    at,
    known({ destinations: [{ first: now }, { first: old }] }),
    [{ first: now }, { first: old }, { first: old, closed: now }] as never[],
    [{ at: now }, { at: old }] as never[]
  );
  expect([s.found.length, s.over.length, s.changes.length, s.ends.length]).toEqual([1, 1, 1, 1]);
});

test('a claim is held against what was found, without regard to how it is written', () => {
  const d = {
    ...made('Hik-Vision', 'Hikvision'),
    claim: { line: 1, brand: 'HIK VISION', model: 'Y', address: '10.0.0.4', room: 'hall' }
  } as Known;
  expect(heldAgainst(d).map((h) => [h.field, h.fits])).toEqual([
    ['brand', true],
    ['model', false],
    ['address', true]
  ]);
});

test('servicesOf joins a scan with what was seen in use', () => {
  const c = { opened: false, port: 554, app: 'rtsp', flows: 2, unanswered: 0, protocol: 'tcp' };
  const tried = { ...c, port: 23, unanswered: 2 };
  expect(servicesOf(known({ ports: [80, 554] }), [c, tried] as never[])).toEqual([
    { port: 80, how: [] },
    { port: 554, how: ['rtsp'] }
  ]);
});

test('daysOf groups what follows one another', () => {
  const got = daysOf([{ at: '2026-01-02T10:00:00Z' }, { at: '2026-01-02T09:00:00Z' }, { at: '2026-01-01T09:00:00Z' }], (d) =>
    d.toISOString().slice(0, 10)
  );
  expect(got.map((g) => g.items.length)).toEqual([2, 1]);
});
