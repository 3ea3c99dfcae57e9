import { expect, test } from 'vitest';
import running from '../../../../docs/running.md?raw';
import sources from '../../../../docs/sources.md?raw';
import { boxFrom, logLine, mirror, send, take } from './snippets';

// The example of the documents names a second exporter, which the page leaves out.
const docs = (sources + running).replace(', "198.51.100.0/28"', '');

test('what the page has people copy is what the documents say', () => {
  const plain = (s: string) => s.replace(/\s+/g, ' ').trim();
  const all = plain(docs);
  for (const s of [...Object.values(take), ...send, logLine, mirror]) {
    for (const line of s.text('192.0.2.10', 'hq').split('\n')) expect(all, s.id).toContain(plain(line));
  }
});

test('the box is named as the address bar has it, unless only this machine can use that', () => {
  expect(boxFrom('192.168.8.2')).toBe('192.168.8.2');
  expect(boxFrom('127.0.0.1')).toBe('192.0.2.10');
  expect(boxFrom('cordon.example')).toBe('192.0.2.10');
});
