// What Cordon is busy with, told as it happens: how far a scan is comes only to those who ask for it.
import type { Schemas } from '$lib/api';

type Doing = Schemas['Doing'];

// Scans has the line of each running scan by its site. It ends with the effect around it.
export class Scans {
  lines = $state.raw<Record<string, string>>({});

  constructor() {
    $effect(() => {
      const source = new EventSource('/v1/events?kind=doing');
      let timer: ReturnType<typeof setTimeout> | undefined;
      source.addEventListener('doing', (e: MessageEvent<string>) => {
        const h = JSON.parse(e.data) as { id: string; title?: string };
        if (h.title) this.lines = { ...this.lines, [h.id]: h.title };
        clearTimeout(timer);
        timer = setTimeout(() => (this.lines = {}), 5000); // told twice a second while it runs
      });
      return () => {
        clearTimeout(timer);
        source.close();
      };
    });
  }

  // of puts what was told last in place of what was answered.
  of(doing: Doing[]): Doing[] {
    const told = new Set(Object.keys(this.lines));
    const now = doing.map((d) => (d.kind === 'scan' && told.delete(d.site ?? '') ? { ...d, text: this.lines[d.site ?? '']! } : d));
    return [...[...told].map((site): Doing => ({ kind: 'scan', site, text: this.lines[site]! })), ...now];
  }
}
