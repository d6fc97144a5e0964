// One workload in one mode: all peers open at once and take turns, PyTorch between their rounds.
import { median } from './statistics.mjs';
import { mergeTorch, torchRound } from './torch.mjs';

/** Of one peer in one round. */
const TURN_MS = 150;
/** A peer that has used this much leaves the rounds once it has two timed steps. */
const BUDGET_MS = 40_000;
/** Stock steps that take seconds: no further one after this, once `--stock-steps` are there. */
const STOCK_BUDGET_MS = 15_000;
/** Of JavaScript's time: a browser has not compiled a step's few loops before it has run them some ten times. */
const SCRIPT_STEPS = 30;
const SCRIPT_BUDGET_MS = 10_000;
const TORCH_ROUNDS = 3;
const TORCH_STEPS = 3;

/**
 * @param {{ page: import('@playwright/test').Page, peers: any[], options: import('./options.mjs').Options,
 *   torchThreads: number[] | null }} bench
 * @returns rows: `{ id, title, … }` with `ms` of a step, or with `cannot`, a sentence
 */
export async function measure(bench, workload, mode) {
  const { page } = bench;
  const runners = [];
  try {
    for (const peer of bench.peers) runners.push(await openRunner(page, peer, workload, mode));
    const torch = await takeTurns(bench, runners, workload, mode);
    for (const runner of runners) await measureScript(page, runner);
    const rows = [];
    for (const runner of runners) rows.push(await rowOf(page, runner));
    return [...rows, ...torch];
  } finally {
    for (const { peer } of runners) await page.evaluate((id) => window.bench.close(id), peer.id);
  }
}

async function openRunner(page, peer, workload, mode) {
  // A step of its takes seconds, of the larger network half a minute, but for the head alone.
  const isSlow = peer.id === 'stock-webgpu' && mode !== 'cached-features';
  const batchSize = isSlow ? workload.stockBatch : workload.batchSize;
  const runner = {
    peer,
    batchSize,
    isSlow,
    times: [],
    script: [],
    spentMs: 0,
    firstMs: Number.NaN,
    cannot: null,
  };
  const { network, pictureSize } = workload;
  const work = { network, pictureSize, batchSize, mode };
  await attempt(runner, async () => {
    await page.evaluate(([id, kind, of]) => window.bench.open(id, kind, of), [peer.id, peer.kind, work]);
    // The first step compiles and allocates, and is told apart.
    const [first] = await turn(page, peer.id, 0);
    runner.firstMs = first.ms;
  });
  return runner;
}

async function takeTurns({ page, options, torchThreads }, runners, workload, mode) {
  const hasTorch = torchThreads !== null && mode !== 'cached-features';
  const torchRounds = Math.min(TORCH_ROUNDS, options.rounds);
  const torch = [];
  let torchCannot = null;
  for (let round = 0; round < options.rounds; round += 1) {
    for (const runner of runners) {
      if (runner.cannot !== null || hasEnough(runner, options)) continue;
      await attempt(runner, async () => {
        const times = await turn(page, runner.peer.id, TURN_MS);
        runner.times.push(...times);
        runner.spentMs += times.reduce((sum, { ms }) => sum + ms, 0);
      });
    }
    if (hasTorch && Math.floor(((round + 1) * torchRounds) / options.rounds) > torch.length) {
      torch.push(
        await torchRound(workload, mode, torchThreads, TORCH_STEPS).catch((error) => {
          torchCannot = error.message;
          return [];
        }),
      );
    }
  }
  const { batchSize } = workload;
  if (torchCannot !== null) return [{ id: 'torch', title: 'PyTorch', batchSize, cannot: torchCannot }];
  return mergeTorch(torch).map((row) => ({ ...row, batchSize }));
}

function hasEnough({ isSlow, spentMs, times }, { stockSteps }) {
  return isSlow
    ? spentMs > STOCK_BUDGET_MS && times.length >= stockSteps
    : spentMs > BUDGET_MS && times.length >= 2;
}

/** A few steps more where they are quick, for the time of JavaScript alone. */
async function measureScript(page, { peer, times, script, cannot }) {
  const isKnown = times.some(({ jsMs }) => jsMs !== null);
  if (cannot !== null || !isKnown) return;
  script.push(...times.map(({ jsMs }) => jsMs));
  const inBudget = Math.floor(SCRIPT_BUDGET_MS / median(times.map(({ ms }) => ms)));
  const more = Math.min(SCRIPT_STEPS - times.length, inBudget);
  for (let step = 0; step < more; step += 1) {
    const [{ jsMs }] = await turn(page, peer.id, 0);
    script.push(jsMs);
  }
}

async function attempt(runner, work) {
  if (runner.cannot !== null) return;
  try {
    await work();
  } catch (error) {
    runner.cannot = String(error.message ?? error)
      .replace(/^page\.evaluate: (Error: )?/, '')
      .split('\n')[0];
  }
}

function turn(page, id, forMs) {
  return page.evaluate(([of, ms]) => window.bench.turn(of, ms), [id, forMs]);
}

async function rowOf(page, { peer, batchSize, times, script, firstMs, cannot }) {
  const { id, title, threads } = peer;
  if (cannot !== null) return { id, title, threads, batchSize, cannot };
  const all = times.map(({ ms }) => ms);
  return {
    id,
    title,
    threads,
    batchSize,
    ms: median(all),
    minMs: Math.min(...all),
    maxMs: Math.max(...all),
    steps: all.length,
    firstMs,
    jsMs: script.length > 0 ? median(script) : null,
    ...(await page.evaluate((of) => window.bench.facts(of), id)),
  };
}
