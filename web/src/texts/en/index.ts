import { common } from './common';
import { door } from './door';
import { shell } from './shell';

// en is the whole catalogue; each page has a file of its own. Keys are "page.thing".
export const en = { ...common, ...shell, ...door } as const;
