// The walk of somebody who has just unpacked Cordon: first run, a second factor, a camera that
// appears, is named, calls home and raises an alarm that reaches a mail server and a broker; what
// is done about it; and the case file, which a stranger verifies.
import { chromium, expect, test, type BrowserContext, type Page } from '@playwright/test';
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt from 'mqtt';
import * as OTPAuth from 'otpauth';
import { Box } from '../lib/box';
import { call } from '../lib/call';
import { Mail } from '../lib/mail';
import { claim, logIn, logOut, owner } from '../lib/people';
import { nothingWrong, watched, type Watched } from '../lib/watch';

test.describe.configure({ mode: 'serial' });

let box: Box;
let context: BrowserContext;
let page: Page;
let seen: Watched;
let mail: Mail;
let broker: ChildProcess;
let totp: OTPAuth.TOTP;
let recovery: string[];
const told: { topic: string; text: string }[] = [];

test.beforeAll(async () => {
  mail = await Mail.open(2525, 'cordon', 'mail secret');
  const conf = join(process.env.WORK!, 'mosquitto.conf');
  writeFileSync(conf, 'listener 1883 127.0.0.1\nallow_anonymous true\n');
  broker = spawn('mosquitto', ['-c', conf], { stdio: 'ignore' });
  const client = mqtt.connect('mqtt://127.0.0.1:1883');
  client.on('message', (topic, b) => told.push({ topic, text: b.toString() }));
  client.subscribe('#');

  box = await Box.open(8443);
  box.trusted();
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  context = await browser.newContext({ acceptDownloads: true });
  seen = watched(context, box.url);
  page = await context.newPage();
});

test.afterAll(async () => {
  await context?.browser()?.close();
  await box?.stop();
  await mail?.close();
  broker?.kill();
});

test.afterEach(() => nothingWrong(seen));

test('nobody without the link can claim the box', async () => {
  await page.goto(box.url);
  await expect(page.getByRole('heading', { name: 'This Cordon has no owner yet' })).toBeVisible();
  expect((await call(page, 'POST', '/v1/door/claim', { token: 'x'.repeat(22), ...owner })).status).toBeGreaterThanOrEqual(400);
  expect((await call(page, 'GET', '/v1/devices')).status).toBe(401);
});

test('first run: from the link to Now in under two minutes', async () => {
  const began = Date.now();
  await claim(page, box);
  await expect(page.getByRole('heading', { name: 'What is yours?' })).toBeVisible();
  await page.getByLabel('What do you call this place?').fill('Yard');
  await page.getByLabel('10.77.0.0/24').check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('heading', { name: 'Where shall Cordon listen?' })).toBeVisible();
  await page.getByLabel('mirror0').check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Every night').check();
  await page.getByLabel('Scan once now').check();
  await page.getByRole('button', { name: 'Begin' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Now' })).toBeVisible({ timeout: 60_000 });
  expect(Date.now() - began).toBeLessThan(120_000);
});

test('where notifications go', async () => {
  const route = { from: 'low', urgent: 'low', resolved: true };
  const mailbox = {
    name: 'mail',
    kind: 'email',
    settings: { server: '127.0.0.1:2525', security: 'plain', user: 'cordon', from: 'cordon@example.org', to: ['kim@example.org'] },
    secrets: { password: 'mail secret' },
    route
  };
  const house = { name: 'house', kind: 'mqtt', settings: { server: '127.0.0.1:1883', security: 'plain', discovery: 'homeassistant' }, route };
  for (const body of [mailbox, house]) {
    const made = await call<{ id: number }>(page, 'POST', '/v1/channels', body);
    expect(made.status, JSON.stringify(made.data)).toBe(201);
  }
});

test('the page fills while one looks: cameras appear and are named', async () => {
  await page.goto(box.url + '/devices');
  await expect(page.getByText('DS-2CD2432F-IW').first()).toBeVisible({ timeout: 120_000 });
  await page.getByText('DS-2CD2432F-IW').first().click();
  await expect(page.getByRole('heading', { name: 'Who it really is' })).toBeVisible();
  await expect(page.getByText('Hikvision').first()).toBeVisible();
});

test('a camera calls home: an alarm, a mail, a message to the house', async () => {
  await page.goto(box.url + '/alarms');
  await expect(page.getByText(/It calls .* outside/).first()).toBeVisible({ timeout: 120_000 });
  await expect.poll(() => mail.got.length, { timeout: 120_000 }).toBeGreaterThan(0);
  expect(mail.got[0]!.text).toMatch(/10\.77\.0\.\d+/);
  await expect.poll(() => told.some((m) => m.topic.startsWith('homeassistant/')), { timeout: 60_000 }).toBe(true);
  await expect.poll(() => told.filter((m) => m.topic.startsWith('cordon/')).length, { timeout: 60_000 }).toBeGreaterThan(0);
});

test('somebody acknowledges it', async () => {
  await page.goto(box.url + '/alarms?severity=medium');
  const first = page.locator('.list a, .list summary').first();
  await first.click();
  if (!/\/alarms\/\d+/.test(page.url())) await page.locator('.list details[open] a').first().click();
  await page.getByRole('button', { name: 'Acknowledge', exact: true }).click();
  await expect(page.locator('dd').filter({ hasText: 'Acknowledged' })).toBeVisible();
});

test('a second factor, and a log-in with it and with a recovery code', async () => {
  await page.goto(box.url + '/settings/me');
  await page.getByRole('button', { name: 'Switch on' }).click();
  await page.getByLabel('Your password, again').fill(owner.password);
  await page.getByRole('button', { name: 'Switch on' }).last().click();
  const at = await page.getByRole('link', { name: 'Open in an authenticator on this device' }).getAttribute('href');
  totp = OTPAuth.URI.parse(at!) as OTPAuth.TOTP;
  await page.getByLabel('The six digits that it shows now').fill(totp.generate());
  await page.getByRole('button', { name: 'Switch on' }).last().click();
  await expect(page.getByRole('heading', { name: 'Recovery codes' })).toBeVisible();
  recovery = (await page.getByRole('dialog').innerText()).split('\n').filter((l) => /^[a-z0-9]{4,}-[a-z0-9-]+$/i.test(l.trim()));
  expect(recovery).toHaveLength(10);
  await page.getByLabel('I have kept them in a safe place').check();
  await page.getByRole('button', { name: 'Done' }).click();
  await logOut(page);

  await logIn(page, box, { ...owner, password: 'not the password' });
  await expect(page.getByRole('alert')).toBeVisible();
  await logIn(page, box, owner);
  await page.getByLabel('Code').fill('000000');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await page.getByLabel('Code').fill(recovery[0]!);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Now' })).toBeVisible();
});

test('a passkey lets its owner in, without a password', async () => {
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true }
  });
  await page.goto(box.url + '/settings/me');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByLabel('Your password, again').fill(owner.password);
  await page.getByRole('button', { name: 'Add a passkey' }).last().click();
  await expect(page.getByText('for localhost')).toBeVisible();
  await logOut(page);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'You' })).toBeVisible();
});

test('a case file is made, taken out, and verified by a stranger', async () => {
  await page.goto(box.url + '/reports');
  await page.getByRole('button', { name: 'Make a report' }).click();
  await expect(page.getByLabel('Device').locator('option')).not.toHaveCount(0);
  await page.getByRole('button', { name: 'Make it' }).click();
  await expect(page.getByText('Nobody has reviewed it yet.')).toBeVisible();
  for (const format of ['JSON', 'html'] as const) {
    const file = join(process.env.WORK!, 'case.' + format.toLowerCase());
    if (format === 'JSON') {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'JSON' }).click()]);
      await download.saveAs(file);
    } else {
      const href = await page.getByRole('link', { name: /^Open/ }).getAttribute('href');
      writeFileSync(file, (await call<string>(page, 'GET', href!)).data);
    }
    const good = box.cordon('verify', file);
    expect(good.out).toMatch(/this box said so|only that/i);
    expect(good.status).toBe(0);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/camera/i, 'kettle'));
    expect(box.cordon('verify', file).status).not.toBe(0);
  }
});

test('it comes back after it was stopped, with everything, and nobody has to log in again', async () => {
  const before = box.answer<{ items: unknown[] }>('/v1/devices?limit=1000').items.length;
  await box.stop();
  await expect(page.getByText('Cordon cannot be reached just now').first()).toBeVisible({ timeout: 30_000 });
  await box.start();
  await page.goto(box.url + '/devices');
  await expect(page.getByRole('heading', { level: 1, name: 'Devices' })).toBeVisible();
  expect(box.answer<{ items: unknown[] }>('/v1/devices?limit=1000').items.length).toBeGreaterThanOrEqual(before);
});
