import { problemOf, type Problem } from './api';
import { changed } from './events.svelte';

// Ask is a question to the server whose answer a page shows: asked again when what it depends on
// changes, when an event of `kinds` says that something happened, and by `again()`.
// While a new answer is under way the old one stays, so that nothing jumps.
export class Ask<T> {
  data = $state.raw<T>();
  problem = $state.raw<Problem>();
  busy = $state(false);
  #turn = $state(0);

  constructor(question: () => (signal: AbortSignal) => Promise<T>, kinds: string[] = []) {
    $effect(() => {
      void this.#turn;
      for (const k of kinds) void changed(k);
      const ask = question();
      const stop = new AbortController();
      this.busy = true;
      ask(stop.signal).then(
        (data) => {
          if (stop.signal.aborted) return;
          this.data = data;
          this.problem = undefined;
          this.busy = false;
        },
        (e: unknown) => {
          if (stop.signal.aborted) return;
          this.problem = problemOf(e);
          this.busy = false;
        }
      );
      return () => stop.abort();
    });
  }

  again(): void {
    this.#turn++;
  }
}
