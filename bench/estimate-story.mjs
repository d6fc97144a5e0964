// What the page says that a run will cost, against what it then takes.
import { withBuiltApp } from './built-app.mjs';

const PICTURE_SIZE = 96;
/** Frozen epochs, then unfrozen ones. */
const EPOCHS = [4, 2];
const LIMIT_MS = 10 * 60_000;

/** BatchNorm trained or not in the frozen phase / after. */
const COMBINATIONS = [
  ['T/T', true, true],
  ['T/F', true, false],
  ['F/F', false, false],
  ['F/T', false, true],
];

/**
 * @returns one row a phase of each combination: `estimatedMs` from before the run, `measuredMs` of its epochs.
 *   A browser context for each combination, so that each makes its own measurement, as a visitor's page does.
 */
export async function compareEstimates(browser, log) {
  return withBuiltApp(async (url) => {
    const rows = [];
    for (const [id, frozen, unfrozen] of COMBINATIONS) {
      log(`estimate and run, BatchNorm ${id}`);
      rows.push(...(await compare(browser, url, { id, frozen, unfrozen })));
    }
    return rows;
  });
}

async function compare(browser, url, { id, frozen, unfrozen }) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(LIMIT_MS);
    await page.goto(url);
    const config = {
      epochs: EPOCHS[0] + EPOCHS[1],
      unfreezeBackboneAtEpoch: EPOCHS[0],
      trainBnFrozenPhase: frozen,
      trainBnUnfrozenPhase: unfrozen,
      batchSize: 16,
      learningRate: 0.001,
    };
    const { report, epochs } = await page.evaluate(
      async ({ pictureSize, config }) => {
        const { thaw } = window;
        await thaw.ready;
        await thaw.loadBackbone({ kind: 'bundled', id: 'efficientnet-lite0', pictureSize });
        await thaw.setData({ kind: 'sample' });
        const report = await thaw.estimate(config);
        const { epochs } = await thaw.train(config);
        return { report, epochs };
      },
      { pictureSize: PICTURE_SIZE, config },
    );
    return report.phases.map(({ kind, seconds }) => ({
      id,
      phase: kind,
      estimatedMs: seconds * 1000,
      measuredMs: epochs.filter(({ phase }) => phase === kind).reduce((sum, { ms }) => sum + ms, 0),
    }));
  } finally {
    await context.close();
  }
}

/** By how much an estimate is off, either way. */
export function factorOff({ estimatedMs, measuredMs }) {
  return Math.max(estimatedMs / measuredMs, measuredMs / estimatedMs);
}
