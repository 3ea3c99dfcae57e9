import { api, Failed, problemOf, type Problem } from '$lib/api';
import { changed } from '$lib/events.svelte';
import { tableOf, type Table } from './table';

// The table of all devices, asked for again when one changed; while it is the same the server says so
// with a few bytes (RFC 9110, 304). It outlives the page, so that coming back shows it at once.
let table = $state.raw<Table>();
let problem = $state.raw<Problem>();
let tag = '';
let under: Promise<void> | undefined;
let asked = 0; // when it was asked for last

export const devices = {
  get table() {
    return table;
  },
  get problem() {
    return problem;
  }
};

async function load(): Promise<void> {
  asked = Date.now();
  const { data, error, response } = await api.GET('/v1/devices/table', { headers: tag ? { 'If-None-Match': tag } : {}, cache: 'no-store' });
  if (response.status === 304) return;
  if (!response.ok || !data) throw new Failed({ ...(error as object), status: response.status, detail: response.statusText });
  tag = response.headers.get('ETag') ?? '';
  table = tableOf(data);
}

// reload asks anew; two at the same time are one.
export function reload(): Promise<void> {
  under ??= load()
    .then(
      () => (problem = undefined),
      (e: unknown) => (problem = e instanceof Failed ? e.problem : e instanceof TypeError ? { status: 0, detail: '' } : problemOf(e))
    )
    .then(() => (under = undefined));
  return under;
}

// quiet says when nobody types, so that the table is not exchanged under his hands.
let typed = 0;
export function typing(): void {
  typed = Date.now();
}

const pause = 1500; // milliseconds after the last key
const every = 4000; // between two questions, however much happens

// follow keeps the table up to date while the page is open. Each event begins the wait anew, so it counts
// from the last question: where something happens all the time, it is asked for all the same. To be called in an effect; it ends with the returned function.
export function follow(): () => void {
  void changed('device');
  void changed('finding');
  void changed('alarm');
  if (!table) {
    void reload();
    return () => {};
  }
  const timer = setTimeout(
    function again() {
      if (Date.now() - typed < pause) later = setTimeout(again, pause);
      else void reload();
    },
    Math.max(0, asked + every - Date.now())
  );
  let later: ReturnType<typeof setTimeout> | undefined;
  return () => {
    clearTimeout(timer);
    clearTimeout(later);
  };
}
