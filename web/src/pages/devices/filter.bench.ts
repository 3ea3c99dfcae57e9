// What one keystroke in the search of 32,000 devices costs: filter, group and flatten, as the page does.
import { bench } from 'vitest';
import { filterOf, filtered, flat, grouped, ordered } from './filter';
import { sample } from './sample';
import { tableOf } from './table';

const big = tableOf(sample(32_000));
const order = ordered(big, '-last');

for (const q of ['h', 'hikv', 'hikv ds-2', 'nothing at all', '02:00:00:00:7c'])
  bench(`"${q}" among 32,000 devices`, () => {
    const rows = filtered(big, order, filterOf(new URLSearchParams({ q })));
    flat(grouped(big, rows, 'site'), () => true);
  });
