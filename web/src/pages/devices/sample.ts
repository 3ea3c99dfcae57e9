// A table of devices as large as wanted, always the same, for measuring and testing the list.
import type { Raw } from './table';

const makers = ['Hikvision', 'Dahua', 'Uniview', 'Axis', 'Hanwha Vision', 'Bosch', 'Reolink', 'TP-Link', 'Xiongmai', ''];
const classes = ['camera', 'camera', 'camera', 'recorder', 'doorbell', 'speaker', 'printer', 'phone', ''];
const grades = ['A', 'B', 'C', 'D', 'E', 'F', ''];
const reaches = ['closed', 'own network', 'cloud', ''];
const worsts = ['', 'info', 'low', 'medium', 'high', 'critical'];

export function sample(rows: number): Raw {
  const texts = [''];
  const places = new Map([['', 0]]);
  const place = (s: string) => {
    if (!places.has(s)) places.set(s, texts.push(s) - 1);
    return places.get(s)!;
  };
  let seed = 7;
  const dice = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n;
  const of = <T>(f: (i: number) => T) => Array.from({ length: rows }, (_, i) => f(i));
  const pick = (all: string[]) => place(all[dice(all.length)]!);
  const hex = (n: number) => n.toString(16).padStart(2, '0');
  const maker = of(() => pick(makers));
  const mac = of((i) => `02:00:${hex(i >> 24)}:${hex((i >> 16) & 255)}:${hex((i >> 8) & 255)}:${hex(i & 255)}`);
  return {
    rows,
    total: rows,
    texts,
    id: mac,
    mac,
    name: of((i) => (i % 3 ? '' : `cam-${i}`)),
    address: of((i) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`),
    site: of(() => place(`Site ${dice(120)}`)),
    department: of(() => place(`Department ${dice(15)}`)),
    room: of(() => place(`Room ${dice(400)}`)),
    class: of(() => pick(classes)),
    brand: maker,
    maker,
    maker_key: maker,
    model: of(() => place(`DS-${2000 + dice(900)}`)),
    firmware: of(() => place(`V5.${dice(9)}.${dice(30)}`)),
    grade: of(() => pick(grades)),
    score: of(() => dice(100)),
    reach: of(() => pick(reaches)),
    lists: of((i) => (i % 4 ? [] : [place('us-fcc-covered-list'), place('us-ndaa-889')])),
    findings: of(() => dice(8)),
    worst: of(() => pick(worsts)),
    alarms: of(() => dice(3)),
    last_home: of((i) => (i % 2 ? 0 : 1_790_000_000 + dice(86_400))),
    sent_outside: of(() => dice(1e9)),
    sent: of(() => dice(1e9)),
    first: of(() => 1_780_000_000 + dice(1e7)),
    last: of(() => 1_795_000_000 + dice(1e5)),
    watches: of(() => dice(2)),
    hidden: of(() => (dice(9) === 0 ? 1 : 0)),
    claimed: of(() => dice(2)),
    mislabelled: of(() => (dice(20) === 0 ? 1 : 0))
  };
}
