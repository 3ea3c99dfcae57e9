import type { Page } from '@playwright/test';

// call asks the API as the page does: with the cookies of whoever is logged in there.
export async function call<T>(page: Page, method: string, path: string, body?: unknown): Promise<{ status: number; data: T }> {
  return page.evaluate(
    async ([method, path, body]) => {
      const init: RequestInit = { method: method as string };
      if (body !== undefined) {
        init.headers = { 'Content-Type': 'application/json' };
        init.body = JSON.stringify(body);
      }
      const r = await fetch(path as string, init);
      const text = await r.text();
      return { status: r.status, data: (r.headers.get('Content-Type')?.includes('json') ? JSON.parse(text) : text) as never };
    },
    [method, path, body] as const
  );
}
