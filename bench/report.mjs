// The result as markdown.
import { MODES, workloadTitle } from './cases.mjs';
import { factorOff } from './estimate-story.mjs';

const COLUMNS = [
  'step',
  'on',
  'ms (median, min–max)',
  '× PyTorch',
  '× faster than stock',
  'first step, ms',
  'calls',
  'MB moved',
  'MB held',
  'JavaScript, ms',
];

/** Milliseconds a picture. */
export function perPicture({ ms, batchSize }) {
  return ms / batchSize;
}

/** The step that stock TensorFlow.js takes for the whole network, which others are held against. */
export function stockWholeStep({ modes }) {
  return modes
    .find(({ mode }) => mode === 'bn-trained')
    ?.rows.find(({ id, ms }) => id === 'stock-webgpu' && Number.isFinite(ms));
}

/** PyTorch with as many threads in the default layout. @param cores what `all` threads are */
export function torchFor({ threads }, rows, cores) {
  const wanted = threads === 'all' ? cores : threads;
  return rows.find(({ id }) => id === `torch-${wanted}-default`);
}

/** @param {{ workload: any, modes: { mode: string, rows: any[] }[] }} measured */
export function workloadTable(measured, cores) {
  const stock = stockWholeStep(measured);
  const lines = measured.modes.flatMap(({ mode, rows }) =>
    rows.map((row) => line(mode, row, measured.workload, stock, torchFor(row, rows, cores))),
  );
  return [
    `### ${workloadTitle(measured.workload)}`,
    '',
    `| ${COLUMNS.join(' | ')} |`,
    `|---|---|${'---:|'.repeat(COLUMNS.length - 2)}`,
    ...lines,
  ].join('\n');
}

function line(mode, row, workload, stock, torch) {
  const { title } = MODES.find((known) => known.mode === mode);
  const on = row.batchSize === workload.batchSize ? row.title : `${row.title}, **batch ${row.batchSize}**`;
  if (row.cannot !== undefined)
    return `| ${title} | ${on} | cannot: ${row.cannot} |${' |'.repeat(COLUMNS.length - 3)}`;
  const cells = [
    title,
    on,
    row.steps === 1
      ? `${number(row.ms)} (one step)`
      : `${number(row.ms)} (${number(row.minMs)}–${number(row.maxMs)})`,
    torch === undefined ? '' : number(perPicture(row) / perPicture(torch)),
    stock === undefined ? '' : number(perPicture(stock) / perPicture(row)),
    number(row.firstMs),
    row.calls?.toLocaleString('en-US') ?? '',
    row.bytesMoved == null ? '' : number(row.bytesMoved / 1e6),
    row.heldBytes == null ? '' : number(row.heldBytes / 1e6),
    row.jsMs == null ? '' : number(row.jsMs),
  ];
  return `| ${cells.join(' | ')} |`;
}

export function appTable(rows) {
  const lines = rows.map((row) => {
    if (row.cannot !== undefined) return `| ${row.title} | | cannot: ${row.cannot} | | | |`;
    const frozenMs = row.epochs.filter(({ phase }) => phase === 'frozen').map(({ ms }) => number(ms));
    const unfrozenMs = row.epochs.filter(({ phase }) => phase === 'unfrozen').map(({ ms }) => number(ms));
    const epochs = [frozenMs.join(', '), unfrozenMs.join(', ')].filter((text) => text !== '').join(' / ');
    const cells = [
      row.title,
      row.backend,
      `**${seconds(row.trainedMs)}**`,
      seconds(row.readyMs),
      epochs,
      row.accuracy.toFixed(3),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '### From opening the page to a trained model',
    '',
    'The built app in a fresh browser context: EfficientNet-Lite0 whole, 96×96, batch 16, the 128 sample pictures.',
    '',
    '| BatchNorm frozen / after | backend | trained after | page ready after | epochs, ms (frozen / unfrozen) | accuracy |',
    '|---|---|---:|---:|---|---:|',
    ...lines,
  ].join('\n');
}

export function estimatesTable(rows) {
  const lines = rows.map(
    (row) =>
      `| ${row.id} | ${row.phase} | ${seconds(row.estimatedMs)} | ${seconds(row.measuredMs)} | ${factorOff(row).toFixed(2)} |`,
  );
  return [
    '### What the page says a run costs, and what it then takes',
    '',
    'EfficientNet-Lite0 whole, 96×96, batch 16, the 128 sample pictures; a fresh browser context for each choice.',
    '',
    '| BatchNorm frozen / after | phase | said | took | off by a factor of |',
    '|---|---|---:|---:|---:|',
    ...lines,
  ].join('\n');
}

export function countsTable({ title, counts }) {
  const { calls, planBytes, peakBytes, multiplyAccumulates, leastBytes, webgpu } = counts;
  const row = (name, dispatches, bytes, heldBytes) =>
    `| ${name} | ${dispatches} | ${number(bytes / 1e6)} | ${number(bytes / leastBytes)} | ${number(heldBytes / 1e6)} |`;
  const onWebGpu = (name, { dispatches, trafficBytes, peakBytes: held }) =>
    row(name, dispatches, trafficBytes, held);
  return [
    `### Counts alone: ${title}, whole step, BN trained`,
    '',
    `${number(multiplyAccumulates / 1e9)} G multiply-accumulates. The least is that of 32-bit floats.`,
    '',
    '| | calls | MB moved | × least | MB held |',
    '|---|---:|---:|---:|---:|',
    `| least that forward, backward and update must move | | ${number(leastBytes / 1e6)} | 1 | |`,
    row('the plan', calls, planBytes, peakBytes),
    ...(webgpu === null
      ? []
      : [
          onWebGpu('its WebGPU dispatches', webgpu.float32),
          onWebGpu('the same, precision 16-mixed', webgpu.half),
        ]),
  ].join('\n');
}

export function number(value) {
  if (!Number.isFinite(value)) return '';
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  return value >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toFixed(digits);
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
