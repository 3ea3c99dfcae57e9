import { alarms } from './alarms';
import { common } from './common';
import { door } from './door';
import { findings } from './findings';
import { shell } from './shell';
import { traffic } from './traffic';

// en is the whole catalogue; each page has a file of its own. Keys are "page.thing".
export const en = { ...common, ...shell, ...door, ...alarms, ...findings, ...traffic } as const;
