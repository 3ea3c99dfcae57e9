import { describe, expect, test } from 'vitest';
import { endsOf, isGroup, openersOf, outcome, type Contact } from './talk';

const contact = (c: Partial<Contact>): Contact => ({
  device: 'd',
  start: '2026-11-22T00:00:00Z',
  far: '198.51.100.4',
  port: 443,
  protocol: 'tcp',
  place: {},
  outside: true,
  opened: true,
  bytes_sent: 10,
  bytes_received: 1,
  flows: 1,
  unanswered: 0,
  ...c
});

describe('endsOf', () => {
  test('one name is one end, over days, addresses and ports', () => {
    const ends = endsOf([
      contact({ name: 'cloud.example', bytes_sent: 5 }),
      contact({ name: 'cloud.example', far: '198.51.100.9', port: 8666, start: '2026-11-20T00:00:00Z', unanswered: 1 }),
      contact({ far: '203.0.113.1', bytes_sent: 900 })
    ]);
    expect(ends.map((e) => e.name)).toEqual(['203.0.113.1', 'cloud.example']);
    expect(ends[1]).toMatchObject({ sent: 15, flows: 2, unanswered: 1, how: ['tcp 443', 'tcp 8666'] });
    expect(ends[1]!.days).toEqual(['2026-11-20T00:00:00Z', '2026-11-22T00:00:00Z']);
  });
  test('what is said to everybody is one end; a personal device shows none', () => {
    expect(endsOf([contact({ far: 'ff02::fb' }), contact({ far: '239.255.255.250' })])).toHaveLength(1);
    expect(endsOf([contact({ far: '' })])).toEqual([]);
  });
});

describe('openersOf', () => {
  test('only what others opened, by application; errors do not count', () => {
    const peer = { opened: false, outside: false, far: '10.0.0.9', peer: 'nvr' };
    const got = openersOf([
      contact({}),
      contact({ ...peer, app: 'rtsp', port: 554 }),
      contact({ ...peer, app: 'onvif', port: 80 }),
      contact({ ...peer, protocol: 'icmp', port: 0 })
    ]);
    expect(got.map((e) => e.how[0]).sort()).toEqual(['onvif', 'rtsp']);
    expect(got.every((e) => e.peer === 'nvr')).toBe(true);
  });
});

test('isGroup', () => {
  for (const a of ['ff02::1', '224.0.0.251', '239.1.2.3', '255.255.255.255']) expect(isGroup(a)).toBe(true);
  for (const a of ['10.0.0.9', '198.51.100.4', 'fe80::1', '240.0.0.1', '']) expect(isGroup(a)).toBe(false);
});

test('outcome', () => {
  expect(outcome({ flows: 3, unanswered: 0 })).toBe('answered');
  expect(outcome({ flows: 3, unanswered: 1 })).toBe('some');
  expect(outcome({ flows: 3, unanswered: 3 })).toBe('tried');
});
