import type { Network } from '../../core/graph/graph';
import type { Executor } from '../executor';
import { EXECUTORS } from './executors';
import {
  FIXTURES,
  fixtureData,
  fixtureNetwork,
  ftsRun,
  type ReferenceRun,
  referenceRun,
  runNames,
} from './lightning-runs';
import { measureParity, type ParityFigures } from './measure-parity';
import { THREE_PHASES } from './three-phases';

/** What `npm run parity` measures and writes to docs/parity.md. */

type Executors = Readonly<Record<string, (network: Network) => Promise<Executor>>>;

interface MeasuredRun {
  readonly title: string;
  /** The row it belongs to: optimizer and combination, or its own. */
  readonly row: string;
  readonly table: 'combinations' | 'others';
  /** Of PyTorch's own float32 run from its float64 one, where it was recorded. */
  readonly torch: { readonly loss: number; readonly weights: number } | null;
  readonly figures: Readonly<Record<string, ParityFigures>>;
}

const COMBINATION = /^(sgd|momentum|adam|adamw)-(TT|TF|FF|FT|lightning-[TF])$/;
const WORDS: Readonly<Record<string, string>> = {
  TT: 'true / true',
  TF: 'true / false',
  FF: 'false / false',
  FT: 'false / true',
  'lightning-T': 'Lightning 2.6, `train_bn=True`',
  'lightning-F': 'Lightning 2.6, `train_bn=False`',
};

const rowOf = (optimizer: string, combination: string) => `${optimizer} | ${WORDS[combination]}`;

/** In the order of the README; the runs of the other table are none of them and stay as they come. */
const ROWS = ['sgd', 'momentum', 'adam', 'adamw'].flatMap((optimizer) =>
  Object.keys(WORDS).map((combination) => rowOf(optimizer, combination)),
);

/**
 * @param more executors beside those that need no graphics processor
 * @param tell hears of each run
 * @returns the text of docs/parity.md
 */
export async function parityReport(more: Executors, tell: (line: string) => void): Promise<string> {
  const executors: Executors = { ...EXECUTORS, ...more };
  const runs: MeasuredRun[] = [];
  for (const fixture of FIXTURES) {
    for (const name of runNames(fixture)) {
      const match = COMBINATION.exec(name);
      const row = match === null ? `\`${name}\`, ${fixture}` : rowOf(match[1]!, match[2]!);
      const table = match === null ? 'others' : 'combinations';
      const problem = { network: await fixtureNetwork(fixture), data: fixtureData(fixture) };
      runs.push(
        await measure(referenceRun(fixture, name), problem, { title: `${fixture} ${name}`, row, table }),
      );
      tell(lineOf(runs.at(-1)!));
    }
  }
  const problem = { network: await fixtureNetwork('lightning-tiny'), data: fixtureData('lightning-tiny') };
  const fts = ftsRun();
  const phases = { ...fts, config: { ...fts.config, ...THREE_PHASES.ftsSchedule(fts) } };
  const row = 'three phases by finetuning-scheduler, lightning-fts';
  runs.push(await measure(phases, problem, { title: row, row, table: 'others' }));
  tell(lineOf(runs.at(-1)!));
  return reportOf(runs, Object.keys(executors));

  async function measure(
    reference: ReferenceRun,
    { network, data }: { network: Network; data: ReturnType<typeof fixtureData> },
    about: Pick<MeasuredRun, 'title' | 'row' | 'table'>,
  ): Promise<MeasuredRun> {
    const figures: Record<string, ParityFigures> = {};
    for (const [name, create] of Object.entries(executors)) {
      figures[name] = await measureParity(reference, network, data, create);
    }
    return { ...about, torch: reference.float32Drift ?? null, figures };
  }
}

function lineOf({ title, figures }: MeasuredRun): string {
  const parts = Object.entries(figures).map(
    ([name, { loss, weight }]) => `${name}: loss ${short(loss)}, weights ${short(weight)}`,
  );
  return `${title}: ${parts.join('; ')}`;
}

function reportOf(runs: readonly MeasuredRun[], executors: readonly string[]): string {
  const all = (table: MeasuredRun['table']) => runs.filter((run) => run.table === table);
  return `# Parity with PyTorch Lightning

Made by \`npm run parity${executors.some((name) => name.includes('webgpu')) ? ' -- --webgpu' : ''}\`, which trains every recorded run of the real PyTorch Lightning again
([what they are](reference-runs.md)) and compares every step's loss, every epoch's rates and validation, and every
weight and statistic of the recorded epochs. A cell is *loss · weights*: the largest relative difference of a loss,
and of a weight tensor's norm, from Lightning in float64. The column *PyTorch float32* is how far Lightning's own
float32 run is from it. Asked for are 1e-4 and 1e-3.

## Optimizer × combination

BatchNorm trained in the frozen phase / after unfreezing; the worse of the networks \`lightning-tiny\` and
\`lightning-resnetlike\` where both have the run.

${tableOf(['optimizer', 'BatchNorm'], all('combinations'), executors)}

## Schedules, rates, weight decay, unfreezing at 0 and never, three phases

${tableOf(['run'], all('others'), executors)}

## Everything else

The largest over all ${runs.length} runs.

| executor | learning rates | validation loss | validation accuracy |
|---|---|---|---|
${executors.map((name) => `| ${name} | ${['rate', 'validationLoss', 'validationAccuracy'].map((key) => short(worst(runs, name, key as keyof ParityFigures))).join(' | ')} |`).join('\n')}
`;
}

function tableOf(
  heads: readonly string[],
  runs: readonly MeasuredRun[],
  executors: readonly string[],
): string {
  const rows = new Map<string, MeasuredRun[]>();
  for (const run of runs) rows.set(run.row, [...(rows.get(run.row) ?? []), run]);
  const columns = [...heads, 'PyTorch float32', ...executors];
  const order = (row: string) => ROWS.indexOf(row);
  const sorted = [...rows].sort(([a], [b]) => order(a) - order(b));
  const lines = sorted.map(([row, group]) => {
    const cells = executors.map(
      (name) => `${short(worst(group, name, 'loss'))} · ${short(worst(group, name, 'weight'))}`,
    );
    return `| ${[row, torchCell(group), ...cells].join(' | ')} |`;
  });
  return [`| ${columns.join(' | ')} |`, `|${'---|'.repeat(columns.length)}`, ...lines].join('\n');
}

function torchCell(runs: readonly MeasuredRun[]): string {
  const drifts = runs.flatMap(({ torch }) => (torch === null ? [] : [torch]));
  if (drifts.length === 0) return '';
  const largest = (key: 'loss' | 'weights') => short(Math.max(...drifts.map((drift) => drift[key])));
  return `${largest('loss')} · ${largest('weights')}`;
}

function worst(runs: readonly MeasuredRun[], executor: string, key: keyof ParityFigures): number {
  return Math.max(...runs.map(({ figures }) => Number(figures[executor]![key])));
}

function short(value: number): string {
  return value === 0 ? '0' : value.toExponential(1);
}
