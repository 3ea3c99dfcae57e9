// The world as paths: Natural Earth's countries at 1:110 million, public domain
// (naturalearthdata.com), drawn once in the equal earth projection, in which areas compare.
import { geoEqualEarth, geoPath } from 'd3-geo';
import codes from 'i18n-iso-countries/codes.json';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import atlas from 'world-atlas/countries-110m.json';

export const width = 960;
export const height = 440;

// Land is one country: its path, and its ISO 3166 alpha-2 code, empty where it has none.
export interface Land {
  code: string;
  path: string;
}

const alpha2 = new Map((codes as string[][]).map(([two, , number]) => [number, two]));

const topology = atlas as unknown as Topology<{ countries: GeometryCollection }>;
const all = feature(topology, topology.objects.countries).features.filter((f) => f.id !== '010'); // without Antarctica
const projection = geoEqualEarth().fitExtent(
  [
    [4, 4],
    [width - 4, height - 4]
  ],
  { type: 'FeatureCollection', features: all }
);
const draw = geoPath(projection).digits(1);

export const lands: Land[] = all.map((f) => ({ code: alpha2.get(String(f.id)) ?? '', path: draw(f) ?? '' }));

const drawn = new Set(lands.map((l) => l.code));

// onMap reports whether a country is large enough to be on the map at all.
export function onMap(code: string): boolean {
  return drawn.has(code);
}

// heat puts an amount into one of five steps, by its magnitude below the largest: each step is a fifth as much.
export function heat(amount: number, most: number): 0 | 1 | 2 | 3 | 4 | 5 {
  if (amount <= 0 || most <= 0) return 0;
  const below = Math.log(most / amount) / Math.log(5);
  return Math.max(1, 5 - Math.floor(below)) as 1 | 2 | 3 | 4 | 5;
}
