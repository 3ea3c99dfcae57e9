import { answer, api, Failed, problemOf, type Problem, type Schemas } from '$lib/api';
import { Deed } from '$lib/deed.svelte';

export type Settings = Schemas['OwnerSettings'];

// Draft is what the owner chose, as it is being edited: read once, sent as a whole, and refused where
// somebody else was quicker.
export class Draft {
  now = $state<Settings>();
  problem = $state.raw<Problem>();
  readonly deed = new Deed();
  #was = $state.raw('');
  #tag = '';

  changed = $derived(this.now !== undefined && JSON.stringify(this.now) !== this.#was);

  async load(): Promise<void> {
    this.problem = undefined;
    try {
      const call = api.GET('/v1/settings');
      this.#take(await answer(call), (await call).response);
    } catch (e) {
      this.problem = problemOf(e);
    }
  }

  async save(): Promise<boolean> {
    const { from: _, ...body } = $state.snapshot(this.now!) as Settings;
    return this.deed.run(async () => {
      const call = api.PUT('/v1/settings', { params: { header: { 'If-Match': this.#tag || undefined } }, body });
      await answer(call);
      await this.#settle();
    });
  }

  undo(): void {
    this.now = JSON.parse(this.#was) as Settings;
    this.deed.forget();
  }

  // Cordon is away for a moment after a change, and what is read then is what holds.
  async #settle(): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        const call = api.GET('/v1/settings');
        this.#take(await answer(call), (await call).response);
        return;
      } catch (e) {
        if (tries >= 40 || (e instanceof Failed && e.problem.status !== 0 && e.problem.status < 500)) throw e;
        await new Promise((done) => setTimeout(done, 500));
      }
    }
  }

  #take(s: Settings, r: Response): void {
    this.#tag = r.headers.get('ETag') ?? '';
    this.#was = JSON.stringify(s);
    this.now = s;
  }
}
