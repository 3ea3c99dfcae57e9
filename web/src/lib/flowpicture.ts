// Who sends how much to whom, as bands between two columns (a Sankey diagram, laid out by d3-sankey).
import { sankey, sankeyJustify, sankeyLinkHorizontal } from 'd3-sankey';

export interface Link {
  from: string;
  to: string;
  bytes: number;
}

export interface Node {
  id: string;
  side: 'from' | 'to';
  x0: number;
  x1: number;
  y0: number;
  y1: number;
  bytes: number;
}

export interface Band {
  from: string;
  to: string;
  bytes: number;
  path: string;
  width: number;
}

export interface Picture {
  nodes: Node[];
  bands: Band[];
  width: number;
  height: number;
}

const barWidth = 10;
const least = 22; // height of a row of text, so that names do not stand upon each other

// flowPicture lays out links within a width; how high it gets follows from how many names there are.
// A thing that stands on both sides is two.
export function flowPicture(links: Link[], width: number, margin: number): Picture {
  const shown = links.filter((l) => l.bytes > 0);
  if (shown.length === 0) return { nodes: [], bands: [], width, height: 0 };
  const ids = (side: 'from' | 'to') => [...new Set(shown.map((l) => l[side]))];
  const nodes = [
    ...ids('from').map((id) => ({ id, side: 'from' as const, key: 'f' + id })),
    ...ids('to').map((id) => ({ id, side: 'to' as const, key: 't' + id }))
  ];
  const rows = Math.max(ids('from').length, ids('to').length);
  const height = Math.max(160, rows * (least + 12));
  type N = (typeof nodes)[number];
  const layout = sankey<N, { bytes: number }>()
    .nodeId((n) => n.key)
    .nodeAlign(sankeyJustify)
    .nodeWidth(barWidth)
    .nodePadding(Math.min(least, (height * 0.7) / rows))
    .extent([
      [margin, 8],
      [width - margin, height - 8]
    ]);
  const out = layout({
    nodes: nodes.map((n) => ({ ...n })),
    links: shown.map((l) => ({ source: 'f' + l.from, target: 't' + l.to, value: l.bytes, bytes: l.bytes }))
  });
  const path = sankeyLinkHorizontal<N, { bytes: number }>();
  return {
    width,
    height,
    nodes: out.nodes.map((n) => ({ id: n.id, side: n.side, x0: n.x0!, x1: n.x1!, y0: n.y0!, y1: n.y1!, bytes: n.value ?? 0 })),
    bands: out.links.map((l) => ({
      from: (l.source as N).id,
      to: (l.target as N).id,
      bytes: l.bytes,
      path: path(l) ?? '',
      width: Math.max(1, l.width ?? 1)
    }))
  };
}
