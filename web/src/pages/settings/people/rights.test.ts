import { expect, test } from 'vitest';
import { lacks, none, rightsOf, sent } from './rights';

test('an owner is held to no site, and "only these" needs one', () => {
  expect(sent({ ...none, role: 'owner', all: false, sites: ['hq'] }).sites).toBeUndefined();
  expect(sent({ ...none, all: false, sites: ['hq'] }).sites).toEqual(['hq']);
  expect(lacks({ ...none, all: false })).toBe('sites');
  expect(lacks({ ...none, role: 'owner', all: false })).toBeUndefined();
});

test('an installer needs a last day', () => {
  expect(lacks({ ...none, role: 'installer' })).toBe('until');
  expect(lacks({ ...none, role: 'installer', until: '2026-12-24' })).toBeUndefined();
});

test('an account goes through the form unchanged', () => {
  const until = sent({ ...none, until: '2026-12-24' }).until!;
  const p = {
    id: 1,
    name: 'kim',
    display: 'Kim',
    role: 'viewer',
    sites: ['hq'],
    until,
    created: '',
    by: '',
    has_password: true,
    has_second_factor: false
  } as const;
  expect(sent(rightsOf({ ...p, sites: [...p.sites] }))).toEqual({ display: 'Kim', role: 'viewer', sites: ['hq'], until });
});
