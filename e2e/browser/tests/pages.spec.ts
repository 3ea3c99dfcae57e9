// Every page, by its owner, in light and dark: nothing that keeps somebody out (axe), nothing that
// jumps, nothing asked elsewhere; and on a phone nothing that is wider than it.
import AxeBuilder from '@axe-core/playwright';
import { chromium, expect, test, type Browser } from '@playwright/test';
import { join } from 'node:path';
import { Box } from '../lib/box';
import { call } from '../lib/call';
import { owner } from '../lib/people';
import { nothingWrong, watched } from '../lib/watch';

let box: Box;
let browser: Browser;
const state = join(process.env.WORK!, 'pages.json');

test.beforeAll(async () => {
  box = await Box.configured(8444);
  box.trusted();
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(box.url);
  const token = new URL(box.claim).hash.replace('#claim=', '');
  expect((await call(page, 'POST', '/v1/door/claim', { token, display: 'Kim', ...owner })).status).toBe(200);
  await context.storageState({ path: state });
  await context.close();
  await box.until<{ items: { state: string }[] }>('/v1/scans', (a) => a.items[0]?.state === 'done');
  await box.until<{ items: unknown[] }>('/v1/alarms', (a) => a.items.length > 3, 90);
});

test.afterAll(async () => {
  await browser?.close();
  await box?.stop();
});

const places = (): string[] => {
  const device = box.answer<{ items: { id: string }[] }>('/v1/devices?sort=worst&limit=1').items[0]!.id;
  const alarm = box.answer<{ items: { id: number }[] }>('/v1/alarms?limit=1').items[0]!.id;
  const list = box.answer<{ items: { id: string }[] }>('/v1/lists').items[0]!.id;
  return [
    '/',
    '/devices',
    '/devices?group=maker',
    '/devices/' + encodeURIComponent(device),
    '/traffic',
    '/traffic?by=network&left=class',
    '/alarms',
    `/alarms/${alarm}`,
    '/findings',
    '/lists',
    `/lists/${list}`,
    '/lists?show=whatif',
    '/lists?show=makers',
    '/lists?show=clouds',
    '/reports',
    '/settings',
    ...['me', 'people', 'networks', 'channels', 'notify', 'rules', 'tokens', 'certificate', 'feeds'].map((p) => '/settings/' + p),
    '/audit',
    '/help',
    '/nowhere'
  ];
};

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every page, ${colorScheme}`, async () => {
    test.setTimeout(600_000);
    const context = await browser.newContext({ colorScheme, storageState: state });
    const seen = watched(context, box.url);
    const page = await context.newPage();
    await page.addInitScript(() => {
      const w = window as unknown as { jumped: number };
      w.jumped = 0;
      new PerformanceObserver((list) => {
        for (const e of list.getEntries() as unknown as { value: number; hadRecentInput: boolean }[]) if (!e.hadRecentInput) w.jumped += e.value;
      }).observe({ type: 'layout-shift', buffered: true });
    });
    const wrong: string[] = [];
    for (const place of places()) {
      await page.goto(box.url + place);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await expect(page.getByRole('status', { name: 'Loading' })).toHaveCount(0);
      const jumped = await page.evaluate(() => (window as unknown as { jumped: number }).jumped);
      if (jumped > 0.1) wrong.push(`${place}: things moved by ${jumped.toFixed(3)}`); // web.dev/cls: good is up to 0.1
      const found = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
      for (const v of found.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical'))
        wrong.push(`${place}: ${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join('; ')}`);
    }
    nothingWrong(seen);
    expect(wrong).toEqual([]);
    await context.close();
  });
}

test('Now is light: less than 200 kB of script, packed', async () => {
  const context = await browser.newContext({ storageState: state });
  const page = await context.newPage();
  await page.goto(box.url);
  await page.getByRole('heading', { level: 1, name: 'Now' }).waitFor();
  await expect(page.getByRole('status', { name: 'Loading' })).toHaveCount(0);
  const [packed, ready] = await page.evaluate(() => {
    const all = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    const first = performance.getEntriesByName('first-contentful-paint')[0];
    return [all.filter((r) => r.name.endsWith('.js')).reduce((n, r) => n + r.encodedBodySize, 0), first?.startTime ?? 0];
  });
  console.log(`Now: ${(packed / 1000).toFixed(1)} kB of script, packed; first painted after ${ready.toFixed(0)} ms`);
  expect(packed).toBeGreaterThan(0);
  expect(packed).toBeLessThan(200_000);
  await context.close();
});

test('nothing is wider than a phone', async () => {
  test.setTimeout(300_000);
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, storageState: state });
  const page = await context.newPage();
  const wide: string[] = [];
  for (const place of places()) {
    await page.goto(box.url + place);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await expect(page.getByRole('status', { name: 'Loading' })).toHaveCount(0);
    const by = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (by > 0) wide.push(`${place} by ${by}`);
  }
  expect(wide).toEqual([]);
  await context.close();
});

test('somebody who may only look sees no deeds, and is refused them', async () => {
  const made = JSON.parse(box.ask('POST', '/v1/people', { name: 'vera', display: 'Vera', role: 'viewer' })!) as { link: string };
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(box.url + '/' + new URL(made.link, box.url).hash);
  await page.getByLabel('Choose a password').fill('quiet meadow two herons');
  await page.getByRole('button', { name: 'Come in' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Now' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Audit log' })).toHaveCount(0);
  await page.goto(box.url + '/alarms');
  await page.locator('.list a, .list summary').first().click();
  await expect(page.getByRole('button', { name: /Acknowledge/ })).toHaveCount(0);
  const alarm = box.answer<{ items: { id: number }[] }>('/v1/alarms?limit=1').items[0]!.id;
  expect((await call(page, 'POST', `/v1/alarms/${alarm}/acknowledge`, {})).status).toBe(403);
  for (const path of ['/v1/audit', '/v1/people', '/v1/tokens']) expect((await call(page, 'GET', path)).status, path).toBe(403);
  await context.close();
});
