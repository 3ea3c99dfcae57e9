import { expect, test } from 'vitest';
import type { Schemas } from '$lib/api';
import { acceptedBy } from './risk';

const finding = { code: 'cleartext-video', device: 'a', key: 'rtsp' } as Schemas['FindingRow'];
const risk = (r: object) => [{ id: 1, code: 'cleartext-video', until: '2030-01-01T00:00:00Z', ...r }] as Schemas['AcceptedRisk'][];
const now = Date.UTC(2026, 0, 1);

test('a risk covers what it names, until its day', () => {
  expect(acceptedBy(finding, risk({}), now)?.id).toBe(1);
  expect(acceptedBy(finding, risk({ device: 'a', key: 'rtsp' }), now)?.id).toBe(1);
  expect(acceptedBy(finding, risk({ device: 'b' }), now)).toBeUndefined();
  expect(acceptedBy(finding, risk({ key: 'http' }), now)).toBeUndefined();
  expect(acceptedBy(finding, risk({ until: '2025-12-31T00:00:00Z' }), now)).toBeUndefined();
  expect(acceptedBy(finding, risk({ code: 'weak-tls' }), now)).toBeUndefined();
});
