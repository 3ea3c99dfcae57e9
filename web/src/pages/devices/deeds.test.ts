import { expect, test } from 'vitest';
import { byCode } from './deeds';

test('byCode counts devices, not findings', () => {
  const f = (code: string, device: string) => ({ code, device, title: code + ' on ' + device }) as never;
  expect(byCode([f('b', '1'), f('a', '1'), f('a', '1'), f('a', '2')])).toEqual([
    { code: 'a', title: 'a on 1', devices: ['1', '2'] },
    { code: 'b', title: 'b on 1', devices: ['1'] }
  ]);
});
