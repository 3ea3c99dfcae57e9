// The walk of somebody who has just unpacked Cordon: first run, a second factor, a camera that
// appears, is named, calls home and raises an alarm that reaches a mail server and a broker.
import { expect, test, type BrowserContext, type Page } from '@playwright/test';
import { chromium } from '@playwright/test';
import * as OTPAuth from 'otpauth';
import { Box } from '../lib/box';
import { nothingWrong, watched, type Watched } from '../lib/watch';

test.describe.configure({ mode: 'serial' });

const name = 'kim';
const password = 'violet ladder under rain';

let box: Box;
let context: BrowserContext;
let page: Page;
let seen: Watched;

test.beforeAll(async () => {
  box = await Box.open(8443);
  box.trusted();
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  context = await browser.newContext();
  seen = watched(context, box.url);
  page = await context.newPage();
});

test.afterAll(async () => {
  await context?.browser()?.close();
  await box?.stop();
});

test.afterEach(() => nothingWrong(seen));

test('nobody without the link can claim the box', async () => {
  await page.goto(box.url);
  await expect(page.getByRole('heading', { name: 'This Cordon has no owner yet' })).toBeVisible();
});

test('first run: from the link to Now in under two minutes', async () => {
  const began = Date.now();
  await page.goto(box.claim);
  await page.getByLabel('I have read this').check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Name for the log-in').fill(name);
  await page.getByLabel(/^(Password|Choose a password)/).fill(password);
  await page.getByRole('button', { name: 'Create my account' }).click();

  await expect(page.getByRole('heading', { name: 'What is yours?' })).toBeVisible();
  await page.getByLabel('What do you call this place?').fill('Yard');
  await expect(page.getByLabel('10.77.0.0/24')).toBeVisible();
  await page.getByLabel('10.77.0.0/24').check();
  await page.getByRole('button', { name: 'Continue' }).click();

  await expect(page.getByRole('heading', { name: 'Where shall Cordon listen?' })).toBeVisible();
  await page.getByText('looks like a mirror port').first().click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Every night').check();
  await page.getByLabel('Scan once now').check();
  await page.getByRole('button', { name: 'Begin' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Now' })).toBeVisible({ timeout: 60_000 });
  expect(Date.now() - began).toBeLessThan(120_000);
});

test('a second factor, and a log-in with it', async () => {
  await page.goto(box.url + '/settings/me');
  await page.getByRole('button', { name: /authenticator|second factor/i }).first().click();
  const secret = (await page.getByTestId('totp-secret').textContent())!.replace(/\s/g, '');
  const totp = new OTPAuth.TOTP({ secret: OTPAuth.Secret.fromBase32(secret) });
  await page.getByLabel('Code').fill(totp.generate());
  await page.getByRole('button', { name: /turn it on|confirm|continue/i }).click();
  await expect(page.getByText(/recovery code/i).first()).toBeVisible();
});
