// Pictures of every page, from a Cordon that hears and has scanned the lab: light, dark, and as
// wide as a phone. `make screenshots` puts them into docs/screenshots.
import { chromium, test, type Browser, type Page } from '@playwright/test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Box } from '../lib/box';

const out = process.env.SCREENS!;
const only = process.env.ONLY?.split(',');

const looks = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 860 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 860 } },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 }
} as const;

// Every page, and what stands on it once it is there.
const places: [name: string, path: string | ((box: Box) => string)][] = [
  ['now', '/'],
  ['devices', '/devices'],
  ['devices-by-maker', '/devices?group=maker'],
  ['device', (box) => '/devices/' + encodeURIComponent(worst(box))],
  ['traffic', '/traffic'],
  ['alarms', '/alarms'],
  ['alarm', (box) => '/alarms/' + box.answer<{ items: { id: number }[] }>('/v1/alarms?limit=1').items[0]!.id],
  ['findings', '/findings'],
  ['lists', '/lists'],
  ['reports', '/reports'],
  ['settings', '/settings'],
  ['settings-me', '/settings/me'],
  ['audit', '/audit'],
  ['help', '/help']
];

const worst = (box: Box) => box.answer<{ items: { id: string }[] }>('/v1/devices?sort=worst&limit=1').items[0]!.id;

let box: Box;
let browser: Browser;
let state: string;

test.beforeAll(async () => {
  mkdirSync(out, { recursive: true });
  box = await Box.configured(8443);
  box.trusted();
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  state = join(process.env.WORK!, 'state.json');
  for (const [look, how] of Object.entries(looks)) {
    const page = await (await browser.newContext(how)).newPage();
    await page.goto(box.url);
    await page.waitForLoadState('networkidle');
    await shot(page, 'door-unclaimed', look);
    await page.goto(box.claim);
    await page.waitForLoadState('networkidle');
    await shot(page, 'first-run-notice', look);
    await page.context().close();
  }
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(box.url);
  const token = new URL(box.claim).hash.replace('#claim=', '');
  const data = { token, name: 'kim', display: 'Kim', password: 'violet ladder under rain' };
  const status = await page.evaluate(async (data) => {
    const headers = { 'Content-Type': 'application/json' };
    return (await fetch('/v1/door/claim', { method: 'POST', headers, body: JSON.stringify(data) })).status;
  }, data);
  if (status !== 200) throw new Error(`claim: ${status}`);
  await context.storageState({ path: state });
  await context.close();
  await box.until<{ items: { state: string }[] }>('/v1/scans', (a) => a.items[0]?.state === 'done');
  await box.until<{ items: unknown[] }>('/v1/alarms', (a) => a.items.length > 3, 90);
});

test.afterAll(async () => {
  await browser?.close();
  await box?.stop();
});

async function shot(page: Page, name: string, look: string): Promise<void> {
  if (only && !only.some((o) => name.startsWith(o))) return;
  await page.screenshot({ path: join(out, `${name}-${look}.png`), animations: 'disabled' });
}

for (const [look, how] of Object.entries(looks)) {
  test(`every page, ${look}`, async () => {
    const context = await browser.newContext({ ...how, storageState: state });
    const page = await context.newPage();
    for (const [name, path] of places) {
      if (only && !only.some((o) => name.startsWith(o))) continue;
      await page.goto(box.url + (typeof path === 'string' ? path : path(box)));
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await page.waitForLoadState('networkidle').catch(() => {}); // the stream of events stays open
      await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' });
      await shot(page, name, look);
    }
    await context.close();
  });
}
