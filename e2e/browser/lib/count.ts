import type { Reporter, TestCase, TestResult } from '@playwright/test/reporter';

// Says at the end how many tests ran, in the form of `make test`.
export default class Count implements Reporter {
  private sums = { passed: 0, failed: 0, skipped: 0 };

  onTestEnd(_: TestCase, r: TestResult): void {
    this.sums[r.status === 'passed' ? 'passed' : r.status === 'skipped' ? 'skipped' : 'failed']++;
  }

  onExit(): Promise<void> {
    console.log(`${this.sums.passed} passed, ${this.sums.failed} failed, ${this.sums.skipped} skipped`);
    return Promise.resolve();
  }
}
