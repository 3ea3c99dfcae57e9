// Who is looking, and what he may do.
import { answer, api, whenLoggedOut, type Schemas } from './api';

export type Me = Schemas['MeOutputBody'];
export type Door = Schemas['DoorOutputBody'];

let me = $state.raw<Me>();
let door = $state.raw<Door>();
let known = $state(false);

export const session = {
  // undefined: nobody is logged in, or it is not known yet
  get me() {
    return me;
  },
  get door() {
    return door;
  },
  // false until the server was asked
  get known() {
    return known;
  }
};

// can reports whether the operation may be used, by its id in the API: can('scan.start').
export function can(operation: string): boolean {
  return me?.can.includes(operation) ?? false;
}

// refresh asks who we are: at the start, after a log-in, and after what changes it.
export async function refresh(): Promise<void> {
  door = await answer(api.GET('/v1/door'));
  me = door.logged_in ? await answer(api.GET('/v1/me')) : undefined;
  known = true;
}

// leave logs out here.
export async function leave(): Promise<void> {
  await answer(api.POST('/v1/door/logout'));
  me = undefined;
  await refresh();
}

whenLoggedOut(() => (me = undefined));
