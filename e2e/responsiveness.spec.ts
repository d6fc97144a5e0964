import { readyToTrain } from './ready-to-train';
import { expect, test } from './story';
import { taskTimesMs } from './ui-thread';

const LONGEST_MS = 50;

// Playwright's own trace takes pictures of the page on the thread that is measured.
test.use({ trace: 'off' });

test('no task of the UI thread takes over 50 ms while the whole network trains', async ({
  app,
  browser,
}, info) => {
  await readyToTrain(app, info, 'wasm', { end: 'top_relu', pictureSize: 96 });
  expect((await app.layers.rows()).length).toBeGreaterThan(140);

  await test.step('a task that is too long would be seen', async () => {
    const times = await taskTimesMs(browser, app.page, () =>
      app.page.evaluate(() => {
        // Work and not a wait: on a busy machine time passes without any being done.
        let sum = 0;
        for (let count = 0; count < 3e8; count++) sum += Math.sqrt(count);
        return sum;
      }),
    );
    expect(Math.max(...times)).toBeGreaterThan(LONGEST_MS);
  });

  // The rest of a busy machine only ever adds to a time, so the best of a few runs is nearest to the page's own.
  let longestMs = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3 && longestMs > LONGEST_MS; run++) {
    const times = await taskTimesMs(browser, app.page, () =>
      app.page.evaluate(() =>
        window.thaw.train({
          epochs: 12,
          unfreezeBackboneAtEpoch: 11,
          batchSize: 3,
          trainBnFrozenPhase: false,
          trainBnUnfrozenPhase: false,
        }),
      ),
    );
    await app.training.completed(60_000);
    expect(times.length).toBeGreaterThan(100);
    longestMs = Math.min(longestMs, Math.max(...times));
  }
  info.annotations.push({ type: 'longest task', description: `${longestMs.toFixed(0)} ms` });
  expect(longestMs).toBeLessThanOrEqual(LONGEST_MS);
});
