import { expect, test } from 'vitest';
import { bytesOf, textOf } from './passkey';

test('base64url there and back, whatever the length', () => {
  for (let n = 0; n < 40; n++) {
    const bytes = Uint8Array.from({ length: n }, (_, i) => (i * 83 + 251) % 256);
    const text = textOf(bytes.buffer);
    expect(text).toMatch(/^[\w-]*$/);
    expect([...bytesOf(text)]).toEqual([...bytes]);
  }
});
