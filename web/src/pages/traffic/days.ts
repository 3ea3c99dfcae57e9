// Day is one bar of the brush.
export interface Day {
  day: string; // YYYY-MM-DD, UTC
  bytes: number;
}

// chosenDays is the first and the last of the days that are within from and to, as places.
export function chosenDays(days: Day[], from: string, to: string): [number, number] {
  const a = from ? days.findIndex((d) => d.day >= from) : 0;
  const b = to ? days.findLastIndex((d) => d.day <= to) : days.length - 1;
  return [a < 0 ? days.length : a, b];
}
