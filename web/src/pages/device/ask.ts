import { answer, api } from '$lib/api';
import type { Contact } from './talk';

const mostPages = 5;

// contactsOf asks for what a device exchanged in the last days, by the day, newest first: at most 5,000
// rows; cut says that there were more.
export async function contactsOf(id: string, days: number, signal: AbortSignal): Promise<{ items: Contact[]; cut: boolean }> {
  const from = new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10) + 'T00:00:00Z';
  const items: Contact[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const query = { from, grain: 'day' as const, limit: 1000, cursor };
    const got = await answer(api.GET('/v1/devices/{id}/contacts', { params: { path: { id }, query }, signal }));
    items.push(...got.items);
    cursor = got.next;
    if (!cursor) return { items, cut: false };
  }
  return { items, cut: true };
}
