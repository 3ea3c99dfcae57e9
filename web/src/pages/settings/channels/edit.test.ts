import { expect, test } from 'vitest';
import { bodyOf, sent, type Channel, type Kind } from './edit';

const ntfy: Kind = {
  kind: 'ntfy',
  doc: '',
  fields: ['url', 'topic', 'user'],
  needs: ['url'],
  secrets: ['token'],
  each: false,
  person: false
};
const mine: Channel = {
  id: 3,
  name: 'phone',
  kind: 'ntfy',
  off: false,
  offered: true,
  settings: { url: 'https://ntfy.example.org', topic: 'cams' },
  secrets: ['token'],
  state: { waiting: 0, delivered: 2 }
};

test('a secret that was not typed is not sent, one that was is', () => {
  const b = bodyOf(mine, 'ntfy');
  expect(sent(b, ntfy).secrets).toEqual({});
  expect(sent({ ...b, secrets: { token: 'new', password: 'of another kind' } }, ntfy).secrets).toEqual({ token: 'new' });
});

test('what another kind knows, and what is empty, is left out', () => {
  const b = bodyOf(mine, 'ntfy');
  expect(sent({ ...b, name: ' phone ', settings: { ...b.settings, user: '', server: 'mail.example.org' } }, ntfy)).toMatchObject({
    name: 'phone',
    settings: { url: 'https://ntfy.example.org', topic: 'cams' }
  });
});
