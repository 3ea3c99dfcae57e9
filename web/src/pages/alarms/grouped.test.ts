import { expect, test } from 'vitest';
import { grouped, type Alarm } from './grouped';

const alarm = (id: number, code: string) => ({ id, code }) as Alarm;

test('few stand alone, a storm is one line where its first was', () => {
  const all = [alarm(1, 'new'), alarm(2, 'flood'), alarm(3, 'new'), alarm(4, 'new'), alarm(5, 'flood'), alarm(6, 'new')];
  expect(grouped(all).map((g) => g.alarms.map((a) => a.id))).toEqual([[1, 3, 4, 6], [2], [5]]);
  expect(grouped([])).toEqual([]);
});
