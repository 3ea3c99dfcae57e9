// Every text of the page comes from one catalogue by its key, so that a translation is one
// more folder beside texts/en. {name} stands for a value.
import { en } from '../texts/en';

export type Key = keyof typeof en;
// Counted are the keys of texts that depend on a number: they stand as key.one and key.other.
export type Counted = { [K in Key]: K extends `${infer B}.other` ? B : never }[Key];

const language = 'en';
const plural = new Intl.PluralRules(language);
const catalogue: Record<string, string> = en;

type Values = Record<string, string | number>;

function filled(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (all, name: string) => (name in values ? String(values[name]) : all));
}

// t is a text of the catalogue.
export function t(key: Key, values: Values = {}): string {
  return filled(catalogue[key] ?? key, values);
}

// tn is a text that depends on a number, which it calls {n}.
export function tn(key: Counted, n: number, values: Values = {}): string {
  const form = `${key}.${plural.select(n)}`;
  return filled(catalogue[form] ?? catalogue[`${key}.other`] ?? key, { n: n.toLocaleString(language), ...values });
}

// word is the text for a value of the API where the catalogue has one ("state.snoozed"), else the value.
export function word(family: string, value: string): string {
  return catalogue[`${family}.${value}`] ?? value;
}
