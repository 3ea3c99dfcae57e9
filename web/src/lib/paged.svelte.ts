import { problemOf, type Problem } from './api';

export interface Part<T> {
  items: T[];
  next?: string;
}

// Paged is a list that comes in parts, each asked for with the cursor of the one before: the first at
// once and again whenever what the question depends on changes, the others by more().
export class Paged<T> {
  items = $state.raw<T[]>();
  problem = $state.raw<Problem>();
  busy = $state(false);
  next = $state<string>();
  #turn = $state(0);
  #ask: ((cursor: string | undefined, signal: AbortSignal) => Promise<Part<T>>) | undefined;
  #stop: AbortController | undefined;

  constructor(question: () => (cursor: string | undefined, signal: AbortSignal) => Promise<Part<T>>) {
    $effect(() => {
      void this.#turn;
      this.#ask = question();
      this.#load([], undefined);
      return () => this.#stop?.abort();
    });
  }

  #load(before: T[], cursor: string | undefined): void {
    this.#stop?.abort();
    const stop = (this.#stop = new AbortController());
    this.busy = true;
    this.#ask!(cursor, stop.signal).then(
      (part) => {
        if (stop.signal.aborted) return;
        this.items = [...before, ...part.items];
        this.next = part.next;
        this.problem = undefined;
        this.busy = false;
      },
      (e: unknown) => {
        if (stop.signal.aborted) return;
        this.problem = problemOf(e);
        this.busy = false;
      }
    );
  }

  more(): void {
    if (this.next && !this.busy) this.#load(this.items ?? [], this.next);
  }

  again(): void {
    this.#turn++;
  }
}
