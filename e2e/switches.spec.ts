import type { BackendName } from '../src/core/api';
import { type ColourName, writeClassFolders } from './material/pictures';
import type { LayerRow } from './pages/layers-table';
import type { ThawPage } from './pages/thaw-page';
import { RunEvents } from './run-events';
import { expect, test } from './story';
import { WeightsAsLoaded } from './weights-as-loaded';

type Switch = 'T' | 'F';
type Switches = readonly [frozen: Switch, unfrozen: Switch];

const COMBINATIONS: readonly Switches[] = [
  ['T', 'T'],
  ['T', 'F'],
  ['F', 'F'],
  ['F', 'T'],
];

const PICTURES: Partial<Record<ColourName, number>> = { red: 7, blue: 7 };
const HEAD_RATE = '0.01';
/** `backboneInitialRatioLr` of the head's. */
const BACKBONE_RATE = '0.001';

interface Setting {
  readonly backend: BackendName;
  readonly end: string;
  /** First unfrozen epoch, which is the last one. Where steps are short the frozen phase has to be long enough to be met. */
  readonly unfreezeAt: number;
}

const SETTINGS: readonly Setting[] = [
  { backend: 'webgpu', end: 'block1_project_bn', unfreezeAt: 4 },
  { backend: 'wasm', end: 'block3_add', unfreezeAt: 4 },
];

for (const { backend, end, unfreezeAt } of SETTINGS) {
  test(`the four combinations of the switches on ${backend}: the plan before, the truth during and after`, async ({
    app,
  }, info) => {
    const ready = await app.open(backend);
    expect(ready.backend).toBe(backend);
    await app.backbone.choose({ end, pictureSize: 96 });
    await app.backbone.load();
    await app.data.drop(writeClassFolders(info.outputPath('pictures'), PICTURES));
    await app.data.ready(2, 10, 4).waitFor();
    await app.phases.fill({
      Epochs: unfreezeAt + 1,
      'Unfreeze backbone at epoch': unfreezeAt,
      'Batch size': 5,
      'Learning rate': Number(HEAD_RATE),
    });
    const loaded = await WeightsAsLoaded.remember(app.page);
    // Paused from a script, because a test looks too seldom to press the button in time.
    await app.page.evaluate(() => {
      window.thaw.on('epochEnded', ({ record }) => {
        if (record.epoch === 0) void window.thaw.pause();
      });
    });
    for (const switches of COMBINATIONS) {
      await test.step(switches.join('/'), () => trainOnce(app, loaded, switches));
    }
  });
}

async function trainOnce(app: ThawPage, loaded: WeightsAsLoaded, switches: Switches): Promise<void> {
  const [frozen, unfrozen] = switches;
  await app.phases.trainBatchNorm({ frozen: frozen === 'T', unfrozen: unfrozen === 'T' });
  expect(await app.phases.behaviourRows()).toEqual([
    ['Frozen phase', 'frozen', frozen === 'T' ? 'trainable' : 'frozen'],
    ['After unfreeze', 'trainable', unfrozen === 'T' ? 'trainable' : 'frozen'],
  ]);

  await test.step('the plan', async () => {
    await expect(async () => {
      const rows = await app.layers.rows();
      expect(rows.map(planned)).toEqual(rows.map((row) => wanted(row, 'frozen', switches)));
    }).toPass();
    const rows = await app.layers.rows();
    for (const row of rows.filter(isBackbone)) {
      const changes = !isBatchNorm(row) || frozen !== unfrozen;
      await expect(app.layers.table.getByRole('rowheader', { name: row.layer })).toHaveAccessibleDescription(
        changes ? 'changes when the backbone is unfrozen' : '',
      );
    }
  });

  const events = await RunEvents.listen(app.page);
  await app.training.startButton.click();

  await test.step('the truth in the frozen phase', async () => {
    await expect(app.training.resumeButton).toBeEnabled({ timeout: 60_000 });
    await expect(app.training.phase).toHaveText(/^frozen phase, epoch \d/);
    const rows = await app.layers.rows();
    expect(rows.map(planned)).toEqual(rows.map((row) => wanted(row, 'frozen', switches)));
    for (const row of rows.filter(hasWeights)) expectMeasured(row, isTrained(row, 'frozen', switches));
    // Not only to as many digits as the page shows: bit for bit.
    const changed = await loaded.changedLayers();
    expect(changed).toEqual(
      rows.filter((row) => hasWeights(row) && isTrained(row, 'frozen', switches)).map(({ layer }) => layer),
    );
  });

  await test.step('the truth after unfreezing', async () => {
    await app.training.resumeButton.click();
    await app.training.completed(60_000);
    await expect(app.training.phase).toHaveText(/^unfrozen phase/);
    const rows = await app.layers.rows();
    expect(rows.map(planned)).toEqual(rows.map((row) => wanted(row, 'unfrozen', switches)));
    for (const row of rows.filter(hasWeights)) {
      const moved = isTrained(row, 'frozen', switches) || isTrained(row, 'unfrozen', switches);
      expectMeasured(row, moved);
    }
  });

  await test.step('BatchNorm that is frozen at unfreezing stays where the frozen phase left it', async () => {
    const ended = await events.of('epochEnded');
    const [before, after] = ended.slice(-2).map(({ layers }) => layers.filter(({ bn }) => bn !== null));
    expect(before).not.toHaveLength(0);
    for (const [index, layer] of before!.entries()) {
      const held = after![index]!.weightChange === layer.weightChange;
      const statisticsHeld = after![index]!.statisticsChange === layer.statisticsChange;
      expect([layer.name, held, statisticsHeld]).toEqual([layer.name, unfrozen === 'F', unfrozen === 'F']);
    }
  });
}

type Phase = 'frozen' | 'unfrozen';

function planned({ layer, trainable, statistics, learningRate }: LayerRow) {
  return { layer, trainable, statistics, learningRate };
}

/** What DESIGN says of a row in a phase. */
function wanted(row: LayerRow, phase: Phase, switches: Switches): ReturnType<typeof planned> {
  const { layer } = row;
  if (!hasWeights(row)) return { layer, trainable: '—', statistics: '', learningRate: '' };
  const trained = isTrained(row, phase, switches);
  return {
    layer,
    trainable: trained ? 'trainable' : 'frozen',
    statistics: isBatchNorm(row) ? (trained ? 'batch, updated' : 'running, held') : '',
    learningRate: trained ? rateOf(row, switches) : '',
  };
}

function isTrained(row: LayerRow, phase: Phase, [frozen, unfrozen]: Switches): boolean {
  if (isHead(row)) return true;
  if (!isBatchNorm(row)) return phase === 'unfrozen';
  return (phase === 'frozen' ? frozen : unfrozen) === 'T';
}

/** What is trained from the start is in the head's group and stays there. */
function rateOf(row: LayerRow, switches: Switches): string {
  return isTrained(row, 'frozen', switches) ? HEAD_RATE : BACKBONE_RATE;
}

function expectMeasured(row: LayerRow, moved: boolean): void {
  const { layer, weightChange, statisticsChange } = row;
  if (moved) expect(Number(weightChange), `weight change of ${layer}`).toBeGreaterThan(0);
  else expect(weightChange, `weight change of ${layer}`).toBe('0');
  if (!isBatchNorm(row)) expect(statisticsChange, `statistics change of ${layer}`).toBe('');
  else if (moved) expect(Number(statisticsChange), `statistics change of ${layer}`).toBeGreaterThan(0);
  else expect(statisticsChange, `statistics change of ${layer}`).toBe('0');
}

function hasWeights({ parameters }: LayerRow): boolean {
  return parameters !== '0';
}

function isBatchNorm({ type }: LayerRow): boolean {
  return type === 'BatchNormalization';
}

function isHead({ type }: LayerRow): boolean {
  return type === 'Dense';
}

function isBackbone(row: LayerRow): boolean {
  return hasWeights(row) && !isHead(row);
}
