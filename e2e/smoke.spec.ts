import { expect, test } from './story';

test('the page opens isolated, without an error, and asks no other origin for anything', async ({ app }) => {
  // What the story's own watch has found is held against nothing at the end of every story.
  await app.open();
  expect(await app.page.evaluate(() => window.crossOriginIsolated)).toBe(true);
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
