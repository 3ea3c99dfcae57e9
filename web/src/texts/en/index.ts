import { alarms } from './alarms';
import { audit } from './audit';
import { common } from './common';
import { device } from './device';
import { devices } from './devices';
import { door } from './door';
import { findings } from './findings';
import { help } from './help';
import { now } from './now';
import { settings } from './settings';
import { shell } from './shell';
import { traffic } from './traffic';

// en is the whole catalogue; each page has a file of its own. Keys are "page.thing".
export const en = {
  ...common,
  ...shell,
  ...door,
  ...now,
  ...device,
  ...devices,
  ...alarms,
  ...findings,
  ...traffic,
  ...settings,
  ...audit,
  ...help
} as const;
