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
/** The page's `backboneInitialRatioLr` of the head's. */
const BACKBONE_RATE = '0.0005';

const SETTINGS: readonly { readonly backend: BackendName; readonly end: string }[] = [
  { backend: 'webgpu', end: 'block1_project_bn' },
  { backend: 'wasm', end: 'block3_add' },
];

for (const { backend, end } of SETTINGS) {
  test(`the four combinations of the switches on ${backend}: the plan before, the truth after each phase`, async ({
    app,
  }, info) => {
    const ready = await app.open(backend);
    expect(ready.backend).toBe(backend);
    await app.backbone.choose({ end, pictureSize: 96 });
    await app.backbone.load();
    await app.data.drop(writeClassFolders(info.outputPath('pictures'), PICTURES));
    await app.data.ready(2, 10, 4).waitFor();
    await app.phases.fill({ 'Batch size': 5, 'Learning rate': Number(HEAD_RATE) });
    const loaded = await WeightsAsLoaded.remember(app.page);
    for (const switches of COMBINATIONS) {
      await test.step(switches.join('/'), async () => {
        await checkPlan(app, switches);
        await checkFrozenPhase(app, loaded, switches);
        await checkBothPhases(app, switches);
      });
    }
  });
}

async function checkPlan(app: ThawPage, switches: Switches): Promise<void> {
  const [frozen, unfrozen] = switches;
  await app.phases.fill({ Epochs: 3, 'Unfreeze backbone at epoch': 2 });
  await app.phases.trainBatchNorm({ frozen: frozen === 'T', unfrozen: unfrozen === 'T' });
  expect(await app.phases.behaviourRows()).toEqual([
    ['Frozen phase', 'frozen', frozen === 'T' ? 'trainable' : 'frozen'],
    ['After unfreeze', 'trainable', unfrozen === 'T' ? 'trainable' : 'frozen'],
  ]);
  await expect(async () => {
    const rows = await app.layers.rows();
    expect(rows.map(planned)).toEqual(rows.map((row) => wanted(row, 'frozen', switches)));
  }).toPass();
  for (const row of (await app.layers.rows()).filter(isBackbone)) {
    const changes = !isBatchNorm(row) || frozen !== unfrozen;
    await expect(app.layers.table.getByRole('rowheader', { name: row.layer })).toHaveAccessibleDescription(
      changes ? 'changes when the backbone is unfrozen' : '',
    );
  }
}

/** A run that ends before the backbone is unfrozen leaves the truth about the frozen phase on the page. */
async function checkFrozenPhase(app: ThawPage, loaded: WeightsAsLoaded, switches: Switches): Promise<void> {
  await app.phases.fill({ Epochs: 2, 'Unfreeze backbone at epoch': 2 });
  await app.training.startButton.click();
  await app.training.completed(60_000);
  await expect(app.training.phase).toHaveText(/^frozen phase, epoch 1/);
  const rows = await app.layers.rows();
  expect(rows.map(planned)).toEqual(rows.map((row) => wanted(row, 'frozen', switches)));
  for (const row of rows.filter(hasWeights)) expectMeasured(row, isTrained(row, 'frozen', switches));
  // Not only to as many digits as the page shows: bit for bit.
  expect(await loaded.changedLayers()).toEqual(
    rows.filter((row) => hasWeights(row) && isTrained(row, 'frozen', switches)).map(({ layer }) => layer),
  );
}

async function checkBothPhases(app: ThawPage, switches: Switches): Promise<void> {
  await app.phases.fill({ Epochs: 3, 'Unfreeze backbone at epoch': 2 });
  const events = await RunEvents.listen(app.page);
  await app.training.startButton.click();
  await app.training.completed(60_000);
  await expect(app.training.phase).toHaveText(/^unfrozen phase, epoch 2/);
  const rows = await app.layers.rows();
  expect(rows.map(planned)).toEqual(rows.map((row) => wanted(row, 'unfrozen', switches)));
  for (const row of rows.filter(hasWeights)) {
    expectMeasured(row, isTrained(row, 'frozen', switches) || isTrained(row, 'unfrozen', switches));
  }

  // BatchNorm that is frozen at unfreezing stays where the frozen phase left it, to the last bit.
  const ended = await events.of('epochEnded');
  expect(ended.map(({ record }) => record.phase)).toEqual(['frozen', 'frozen', 'unfrozen']);
  const [before, after] = ended.slice(1).map(({ layers }) => layers.filter(({ bn }) => bn !== null));
  expect(before).not.toHaveLength(0);
  const isHeld = switches[1] === 'F';
  for (const [index, layer] of before!.entries()) {
    const { weightChange, statisticsChange } = after![index]!;
    const held = [weightChange === layer.weightChange, statisticsChange === layer.statisticsChange];
    expect(held, layer.name).toEqual([isHeld, isHeld]);
  }
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
