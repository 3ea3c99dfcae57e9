import { defineConfig } from '@playwright/test';

// The tests go through one Cordon and one lab, one after the other. Where tests fail, what was
// seen is in out/browser.
export default defineConfig({
  testDir: process.env.SCREENS ? 'screens' : 'tests',
  outputDir: '../../out/browser',
  workers: 1,
  fullyParallel: false,
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: [['list'], ['./lib/count.ts']],
  use: {
    actionTimeout: 30_000,
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] }
  }
});
