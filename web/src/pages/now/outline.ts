// The shape of a small curve of amounts by hour, in a box of 100 by 100.

// areaOf is the path of the area under values, each as a step of equal width; most is what reaches the top.
export function areaOf(values: number[], most: number): string {
  if (values.length === 0) return '';
  const step = 100 / values.length;
  const y = (v: number) => round(100 - (most > 0 ? (v / most) * 100 : 0));
  let d = 'M0 100';
  values.forEach((v, i) => (d += `V${y(v)}H${round((i + 1) * step)}`));
  return d + 'V100Z';
}

const round = (n: number) => Math.round(n * 100) / 100;

// ceiling is a round number above all values: 1, 2 or 5 and noughts.
export function ceiling(values: number[]): number {
  const most = Math.max(0, ...values);
  if (most === 0) return 0;
  const size = 10 ** Math.floor(Math.log10(most));
  for (const n of [1, 2, 5, 10]) if (n * size >= most) return n * size;
  return 10 * size;
}

// midnight is when today began for who looks.
export function midnight(now = new Date()): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate());
}
