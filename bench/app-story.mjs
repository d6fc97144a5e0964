// From opening the page to a trained model: the built app, its buttons, its bundled backbone and pictures.
import { withBuiltApp } from './built-app.mjs';

const LIMIT_MS = 10 * 60_000;
const PICTURE_SIZE = 96;

/** `bn`: trained or not in the frozen phase / after. */
const STORIES = [
  { id: 'F/F 8', title: 'F/F, eight frozen epochs', bn: [false, false], frozenEpochs: 8, unfrozenEpochs: 0 },
  {
    id: 'F/F 8+2',
    title: 'F/F, eight frozen epochs and two after',
    bn: [false, false],
    frozenEpochs: 8,
    unfrozenEpochs: 2,
  },
  {
    id: 'T/T 8+2',
    title: 'T/T, eight frozen epochs and two after',
    bn: [true, true],
    frozenEpochs: 8,
    unfrozenEpochs: 2,
  },
];

/** @returns one row a story; a browser context of its own each, so that nothing is cached or remembered */
export async function measureApp(browser, log) {
  return withBuiltApp(async (url) => {
    const rows = [];
    for (const story of STORIES) {
      log(`the app, ${story.title}`);
      rows.push(await tell(browser, url, story).catch((error) => ({ ...story, cannot: firstLine(error) })));
    }
    return rows;
  });
}

async function tell(browser, url, story) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(LIMIT_MS);
    const region = (name) => page.getByRole('region', { name, exact: true });
    const startMs = performance.now();
    const sinceStart = () => performance.now() - startMs;
    await page.goto(url);
    const { backend } = await page.evaluate(() => window.thaw.ready);
    const readyMs = sinceStart();
    const finished = page.evaluate(
      () =>
        new Promise((done, fail) => {
          window.thaw.on('finished', ({ record, validation }) =>
            done({ epochs: record.epochs, accuracy: validation.accuracy }),
          );
          window.thaw.on('failed', ({ failure }) => fail(new Error(failure.message)));
        }),
    );
    // Awaited at the end; until then a failure is no unhandled one.
    finished.catch(() => {});
    await region('Backbone')
      .getByRole('combobox', { name: 'Picture size' })
      .selectOption(String(PICTURE_SIZE));
    await region('Backbone').getByRole('button', { name: 'Load backbone' }).click();
    await choosePhases(region('Phases'), story);
    await region('Data').getByRole('button', { name: 'Use sample images' }).click();
    await region('Training').getByRole('button', { name: 'Start training', exact: true }).click();
    const startedMs = sinceStart();
    const { epochs, accuracy } = await withLimit(finished);
    return { ...story, backend, readyMs, startedMs, trainedMs: sinceStart(), epochs, accuracy };
  } finally {
    await context.close();
  }
}

async function choosePhases(phases, { bn, frozenEpochs, unfrozenEpochs }) {
  const number = (name) => phases.getByRole('spinbutton', { name, exact: true });
  await number('Epochs').fill(String(frozenEpochs + unfrozenEpochs));
  await number('Unfreeze backbone at epoch').fill(String(frozenEpochs));
  await phases.getByRole('switch', { name: 'Train BatchNorm in frozen phase' }).setChecked(bn[0]);
  await phases.getByRole('switch', { name: 'Train BatchNorm in unfrozen phase' }).setChecked(bn[1]);
}

async function withLimit(work) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`not trained after ${LIMIT_MS / 60_000} minutes`)), LIMIT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function firstLine(error) {
  return String(error.message ?? error).split('\n')[0];
}
