import { expect, test } from 'vitest';
import { addressOf, countryOf } from './feeds';

test('the address of a list', () => {
  expect(addressOf('https://box:8443', 'hosts', [])).toBe('https://box:8443/feeds/hosts');
  expect(addressOf('https://box:8443', 'nft', ['CN', 'RU'], 'cordon_a-b')).toBe(
    'https://box:8443/feeds/nft?country=CN&country=RU&token=cordon_a-b'
  );
});

test('a country is its code', () => {
  expect(countryOf(' cn')).toBe('CN');
  expect(countryOf('China')).toBeUndefined();
});
