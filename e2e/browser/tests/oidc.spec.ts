// A log-in by somebody else's word: a real OIDC provider in the same network.
import { chromium, expect, test } from '@playwright/test';
import { mkdtempSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import Provider from 'oidc-provider';
import { Box } from '../lib/box';
import { call } from '../lib/call';
import { owner } from '../lib/people';

const issuer = 'http://localhost:9090';
let server: Server;
let box: Box;

test.beforeAll(async () => {
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'cordon', client_secret: 'cordon secret of the test', redirect_uris: ['https://localhost:8445/v1/door/oidc/house/callback'] }],
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: 'Olga', preferred_username: 'olga', groups: ['cameras'] }) }),
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'], groups: ['groups'] },
    scopes: ['openid', 'profile', 'groups'],
    conformIdTokenClaims: false,
    pkce: { required: () => true }
  });
  await new Promise<void>((ready) => (server = provider.listen(9090, '127.0.0.1', () => ready())));
  const file = join(mkdtempSync(join(process.env.WORK!, 'oidc-')), 'cordon.toml');
  writeFileSync(
    file,
    `[[oidc]]\nname = "house"\nissuer = "${issuer}"\nclient_id = "cordon"\nclient_secret = "cordon secret of the test"\nscopes = ["groups"]\n[[oidc.role]]\ngroup = "cameras"\nrole = "operator"\n`
  );
  box = await Box.open(8445, ['--config', file]);
  box.trusted();
});

test.afterAll(async () => {
  await box?.stop();
  server?.close();
});

test('who is vouched for comes in with the role of his group', async () => {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  const page = await (await browser.newContext()).newPage();
  await page.goto(box.url);
  const token = new URL(box.claim).hash.replace('#claim=', '');
  expect((await call(page, 'POST', '/v1/door/claim', { token, display: 'Kim', ...owner })).status).toBe(200);
  await call(page, 'POST', '/v1/door/logout');
  await page.goto(box.url);
  await page.getByRole('link', { name: /Continue with/ }).or(page.getByRole('button', { name: /Continue with/ })).click();
  await page.locator('input[name=login]').fill('olga');
  await page.locator('input[name=password]').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL((u) => u.origin === box.url);
  const me = await call<{ name: string; role: string }>(page, 'GET', '/v1/me');
  expect(me.data).toMatchObject({ role: 'operator' });
  await browser.close();
});
