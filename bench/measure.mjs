// One workload in one mode: all peers open at once and take turns, PyTorch between their rounds.
import { median } from './statistics.mjs';
import { mergeTorch, torchRound } from './torch.mjs';

/** Of one peer in one round. */
const TURN_MS = 150;
/** A peer that has used this much leaves the rounds once it has two timed steps. */
const BUDGET_MS = 40_000;
const TORCH_ROUNDS = 3;
const TORCH_STEPS = 3;

/**
 * @param {{ page: import('@playwright/test').Page, peers: any[], options: import('./options.mjs').Options,
 *   torchThreads: number[] | null }} bench
 * @returns rows: `{ id, title, … }` with `ms` of a step, or with `cannot`, a sentence
 */
export async function measure(bench, workload, mode) {
  const { page, options } = bench;
  const runners = [];
  try {
    for (const peer of bench.peers) runners.push(await openRunner(page, peer, workload, mode, options));
    const torch = await takeTurns(bench, runners, workload, mode);
    const rows = [];
    for (const runner of runners) rows.push(await rowOf(page, runner));
    return [...rows, ...torch];
  } finally {
    for (const { peer } of runners) await page.evaluate((id) => window.bench.close(id), peer.id);
  }
}

async function openRunner(page, peer, workload, mode, options) {
  // A step of its takes half a minute, but for the head alone.
  const isSlow = peer.id === 'stock-webgpu' && mode !== 'cached-features';
  const batchSize = isSlow ? workload.stockBatch : workload.batchSize;
  const runner = {
    peer,
    batchSize,
    mostSteps: isSlow ? options.stockSteps : Number.POSITIVE_INFINITY,
    times: [],
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
      if (runner.cannot !== null || runner.times.length >= runner.mostSteps) continue;
      if (runner.spentMs > BUDGET_MS && runner.times.length >= 2) continue;
      await attempt(runner, async () => {
        // One whose steps are counted takes them one by one.
        const times = await turn(page, runner.peer.id, Number.isFinite(runner.mostSteps) ? 0 : TURN_MS);
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

async function rowOf(page, { peer, batchSize, times, firstMs, cannot }) {
  const { id, title, threads } = peer;
  if (cannot !== null) return { id, title, threads, batchSize, cannot };
  const all = times.map(({ ms }) => ms);
  const script = times.map(({ jsMs }) => jsMs).filter((ms) => ms !== null);
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
