import { expect, test } from 'vitest';
import { flowPicture } from './flowpicture';

test('bands join both sides, and carry what they were given', () => {
  const p = flowPicture(
    [
      { from: 'gate', to: 'CN', bytes: 900 },
      { from: 'gate', to: 'DE', bytes: 100 },
      { from: 'yard', to: 'CN', bytes: 500 },
      { from: 'yard', to: 'US', bytes: 0 }
    ],
    800,
    150
  );
  expect(p.bands.map((b) => [b.from, b.to, b.bytes])).toEqual([
    ['gate', 'CN', 900],
    ['gate', 'DE', 100],
    ['yard', 'CN', 500]
  ]);
  const china = p.nodes.find((n) => n.id === 'CN')!;
  expect(china.bytes).toBe(1400);
  expect(china.x1).toBe(650);
  expect(p.nodes.every((n) => n.y1 <= p.height && n.y0 >= 0)).toBe(true);
});

test('the same name on both sides is two, and nothing is no picture', () => {
  expect(flowPicture([{ from: 'a', to: 'a', bytes: 1 }], 800, 100).nodes).toHaveLength(2);
  expect(flowPicture([], 800, 100)).toEqual({ nodes: [], bands: [], width: 800, height: 0 });
});
