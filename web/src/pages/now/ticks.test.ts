import { expect, test } from 'vitest';
import { gathered } from './ticks';

test('scans that end alike are one line, alarms never', () => {
  const scan = { kind: 'scan', title: 'A scan of a ended: 3 answered', site: 'a' };
  const alarm = { kind: 'alarm', title: 'x', site: 'a' };
  expect(gathered([scan, alarm, scan, alarm, { ...scan, site: 'b' }]).map((l) => l.times)).toEqual([2, 1, 1, 1]);
});
