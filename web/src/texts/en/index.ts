import { alarms } from './alarms';
import { audit } from './audit';
import { common } from './common';
import { device } from './device';
import { devices } from './devices';
import { door } from './door';
import { findings } from './findings';
import { me } from './me';
import { people } from './people';
import { help } from './help';
import { notify } from './notify';
import { now } from './now';
import { owned } from './owned';
import { settings } from './settings';
import { lists } from './lists';
import { reports } from './reports';
import { setup } from './setup';
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
  ...setup,
  ...alarms,
  ...findings,
  ...traffic,
  ...lists,
  ...reports,
  ...settings,
  ...owned,
  ...notify,
  ...me,
  ...people,
  ...audit,
  ...help
} as const;
