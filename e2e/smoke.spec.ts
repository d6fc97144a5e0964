import { expect, test } from '@playwright/test';

test('the page opens without an error and asks no other origin for anything', async ({ page, baseURL }) => {
  const origin = new URL(baseURL ?? '').origin;
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => {
    const url = new URL(request.url());
    const isLocal = url.origin === origin || url.protocol === 'data:' || url.protocol === 'blob:';
    if (!isLocal) problems.push(`asked ${url.origin}`);
  });

  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.evaluate(() => window.thaw.ready);

  expect(problems).toEqual([]);
  expect(await page.evaluate(() => window.crossOriginIsolated)).toBe(true);
});

test('the policy stops the page from sending anything elsewhere', async ({ page }) => {
  await page.goto('/');
  const outcome = await page.evaluate(async () => {
    const blocked = new Promise<string>((done) => {
      document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective), {
        once: true,
      });
    });
    await fetch('https://example.com/').catch(() => undefined);
    return blocked;
  });
  expect(outcome).toBe('connect-src');
});
