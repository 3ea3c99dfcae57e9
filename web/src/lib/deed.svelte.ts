import { problemOf, type Problem } from './api';

// Deed is something that somebody does to the server by a button: it says while it is under way,
// what came of it, and what was wrong. It is done once at a time.
export class Deed {
  busy = $state(false);
  done = $state(false); // the last one came to a good end; false again when another begins
  problem = $state.raw<Problem>();

  // run does it, and reports whether it came to a good end.
  async run(what: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.done = false;
    this.problem = undefined;
    try {
      await what();
      this.done = true;
    } catch (e) {
      this.problem = problemOf(e);
    } finally {
      this.busy = false;
    }
    return this.done;
  }

  forget(): void {
    this.done = false;
    this.problem = undefined;
  }

  // wrong is what the server says of one field of the body, undefined for nothing.
  wrong(field: string): string | undefined {
    return this.problem?.errors?.find((e) => e.location === `body.${field}` || e.location?.startsWith(`body.${field}[`))?.message;
  }
}
