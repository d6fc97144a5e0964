import { test as base, expect } from '@playwright/test';
import { ThawPage } from './pages/thaw-page';

/** Every story also holds what must hold in all of them: no error behind the page, nothing asked of elsewhere. */
export const test = base.extend<{ app: ThawPage }>({
  app: async ({ page, baseURL }, use) => {
    const app = new ThawPage(page, new URL(baseURL!).origin);
    await use(app);
    expect(app.problems).toEqual([]);
  },
});

export { expect };
