// The one way to the server: typed by our own OpenAPI document (npm run types).
import createClient from 'openapi-fetch';
import type { components, paths } from './api-types';

export type Schemas = components['schemas'];

export const api = createClient<paths>({ baseUrl: '/', credentials: 'same-origin' });

// Problem is what the server says is wrong (RFC 9457). status 0: it could not be reached.
export interface Problem {
  status: number;
  detail: string;
  code?: string;
  errors?: { location?: string; message?: string }[];
}

// Failed is thrown by `answer` where there is none.
export class Failed extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

type Result<T> = { data?: T; error?: unknown; response: Response };

// answer gives the data of a call or throws Failed. Whoever is not logged in any more is told so by `onDoor`.
export async function answer<T>(call: Promise<Result<T>>): Promise<T> {
  let r: Result<T>;
  try {
    r = await call;
  } catch (e) {
    if (e instanceof DOMException && e.name === 'AbortError') throw e;
    throw new Failed({ status: 0, detail: '' });
  }
  if (r.response.ok) return r.data as T;
  const p = (typeof r.error === 'object' && r.error ? r.error : {}) as Partial<Problem>;
  if (r.response.status === 401 && !r.response.url.includes('/v1/door')) onDoor();
  throw new Failed({ ...p, status: r.response.status, detail: p.detail ?? r.response.statusText });
}

let onDoor = () => {};

// whenLoggedOut says what to do when the server does not know us any more.
export function whenLoggedOut(f: () => void): void {
  onDoor = f;
}

// problemOf puts any error into the form of a problem.
export function problemOf(e: unknown): Problem {
  return e instanceof Failed ? e.problem : { status: -1, detail: String(e) };
}
