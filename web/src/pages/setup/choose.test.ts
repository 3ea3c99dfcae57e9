import { expect, test } from 'vitest';
import type { Schemas } from '$lib/api';
import { chosen, network, proposed, rate, whenOf, type Interface } from './choose';

const nic = (name: string, more: Partial<Interface> = {}): Interface => ({
  name,
  kind: 'device',
  up: true,
  link: true,
  addresses: [],
  packets: 0,
  mirror: false,
  heard: false,
  ...more
});
const setup = (interfaces: Interface[]): Schemas['Setup'] => ({
  host: 'box',
  claimed: true,
  zone: 'UTC',
  interfaces,
  networks: [
    { network: '192.168.8.0/24', interface: 'eth0', addresses: '254', proposed: true, why: '' },
    { network: '172.17.0.0/16', interface: 'docker0', addresses: '65,534', proposed: false, why: '' }
  ],
  cannot: []
});
const empty: Schemas['OwnerSettings'] = {
  sites: [],
  interfaces: [],
  scan: {},
  lists: ['uk'],
  accounts: [],
  all_devices: false,
  learning: '24h',
  retention: { facts: 400 }
};

test('a mirror port is proposed before the interface of the network', () => {
  const both = proposed(setup([nic('eth0'), nic('eth1', { mirror: true })]), empty, 'Home');
  expect(both).toEqual({ place: 'Home', networks: ['192.168.8.0/24'], interfaces: ['eth1'], when: 'night', now: true });
  expect(proposed(setup([nic('eth0')]), empty, 'Home').interfaces).toEqual(['eth0']);
});

test('what was chosen before stands', () => {
  const was = {
    ...empty,
    interfaces: ['eth2'],
    sites: [{ name: 'hq', networks: ['10.0.0.0/24'], rooms: null }],
    scan: { every: '12h', pace: 'gentle' as const }
  };
  const c = proposed(setup([nic('eth1', { mirror: true })]), was, 'Home');
  expect([c.place, c.networks, c.interfaces, c.when]).toEqual(['hq', ['10.0.0.0/24'], ['eth2'], 'day']);
  const s = chosen(was, c);
  expect(s.scan).toEqual({ every: '12h', pace: 'gentle' });
  expect(s.sites[0]).toMatchObject({ name: 'hq', interfaces: ['eth2'] });
  expect([s.interfaces, s.lists]).toEqual([[], ['uk']]);
});

test('hours are those of the answer', () => {
  const c = { place: ' Home ', networks: ['192.168.8.0/24'], interfaces: ['eth1'], when: 'week' as const, now: true };
  const s = chosen(empty, c);
  expect(s.scan).toEqual({ every: '168h', window: '01:00-05:00' });
  expect(s.sites[0]!.name).toBe('Home');
  expect(whenOf(s)).toBe('week');
  expect(whenOf({ ...s, scan: {} })).toBe('never');
});

test('a network as it is typed', () => {
  expect(network(' 192.168.8.77/24 ')).toBe('192.168.8.0/24');
  expect(network('10.200.0.0/10')).toBe('10.192.0.0/10');
  expect(network('192.168.8.5/32')).toBe('192.168.8.5/32');
  expect(network('FD00::/64')).toBe('fd00::/64');
  for (const no of ['192.168.8.0', '192.168.8.0/33', '300.1.1.0/24', '0.0.0.0/0', 'home', '']) expect(network(no), no).toBeUndefined();
});

test('packets a second, once there were two looks', () => {
  expect(rate(undefined, nic('a', { packets: 5 }), 2)).toBeUndefined();
  expect(rate(nic('a', { packets: 5 }), nic('a', { packets: 105 }), 2)).toBe(50);
  expect(rate(nic('a', { packets: 5 }), nic('a', { packets: 1 }), 2)).toBeUndefined();
});
