// The layout of a small flow picture: bands of different thickness that leave one thing and spread to
// rows of a list beside it. Units are pixels vertically and 0..100 horizontally.

export interface Band {
  d: string; // path of the area
  thick: number;
  at: number; // middle of its right end
}

export interface Picture {
  bands: Band[];
  height: number;
  top: number; // where the thing on the left begins and ends
  bottom: number;
}

// What is thinner cannot be seen; the thickest leaves room between two rows.
const thinnest = 2;

// bandsOf lays out one band for each value, in their order, each ending in the middle of a row of the height given.
export function bandsOf(values: number[], row: number): Picture {
  const most = Math.max(0, ...values);
  const thickest = row * 0.6;
  // A root, not the value itself: beside a stream of video everything else would be a hair.
  const thick = values.map((v) => (most > 0 ? Math.max(thinnest, thickest * Math.sqrt(v / most)) : thinnest));
  const sum = thick.reduce((a, b) => a + b, 0);
  const height = Math.max(row, values.length * row);
  const top = (height - sum) / 2;
  let left = top;
  const bands = thick.map((t, i): Band => {
    const at = i * row + row / 2;
    const [a, b, c, d] = [left, left + t, at - t / 2, at + t / 2].map((n) => Math.round(n * 10) / 10) as [number, number, number, number];
    left += t;
    return { d: `M0 ${a}C50 ${a} 50 ${c} 100 ${c}V${d}C50 ${d} 50 ${b} 0 ${b}Z`, thick: t, at };
  });
  return { bands, height, top, bottom: top + sum };
}
