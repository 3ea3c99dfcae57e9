// Coming in, as people do.
import { expect, type Page } from '@playwright/test';
import type { Box } from './box';

export const owner = { name: 'kim', password: 'violet ladder under rain' };

// claim makes the box the owner's, up to the question what is his.
export async function claim(page: Page, box: Box): Promise<void> {
  await page.goto(box.claim);
  await page.getByRole('button', { name: 'I have read this' }).click();
  await page.getByLabel('Name for the log-in').fill(owner.name);
  await page.getByLabel('Choose a password').fill(owner.password);
  await page.getByRole('button', { name: 'Create my account' }).click();
}

// logIn fills in the door. What comes after a right password is the test's.
export async function logIn(page: Page, box: Box, who: { name: string; password: string }): Promise<void> {
  await page.goto(box.url);
  await page.getByLabel('Name').fill(who.name);
  await page.getByLabel('Password').fill(who.password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

export async function logOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Log out' }).first().click();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
}
