// What the project set out to reach, beside what was measured.

import { factorOff } from './estimate-story.mjs';
import { number, perPicture, stockWholeStep, torchFor } from './report.mjs';
import { median } from './statistics.mjs';

const SAMPLE_TRAINING_PICTURES = 96;

/** @returns markdown; a row a target that this run has measured */
export function targetsTable({ workloads, app, estimates, counts, kernelGzipBytes }, cores) {
  const find = (network) =>
    workloads.find(({ workload }) => workload.network === network && workload.pictureSize === 96);
  const rows = [
    ...processorTargets(find('efficientnet-lite0'), cores),
    ...webgpuTargets(find('mobilenet-v1-0.25')),
    ...cacheTargets([find('efficientnet-lite0'), find('mobilenet-v1-0.25')]),
    ...appTargets(app, find('efficientnet-lite0')),
    ...estimateTargets(estimates),
  ];
  const { webgpu } = counts?.counts ?? {};
  if (webgpu) {
    rows.push(
      atMost(
        `${counts.title}: bytes against the least`,
        2,
        webgpu.float32.trafficBytes / counts.counts.leastBytes,
      ),
    );
  }
  if (kernelGzipBytes !== null) rows.push(atMost('kernel module, gzipped, kB', 25, kernelGzipBytes / 1000));
  const measured = rows.filter(({ value }) => Number.isFinite(value));
  return [
    '### To reach',
    '',
    '| | to reach | measured | |',
    '|---|---:|---:|---|',
    ...measured.map(
      ({ name, sign, target, value, isReached }) =>
        `| ${name} | ${sign} ${number(target)} | ${number(value)} | ${isReached ? 'reached' : 'not reached'} |`,
    ),
  ].join('\n');
}

function atMost(name, target, value) {
  return { name, sign: '≤', target, value, isReached: value <= target };
}

function atLeast(name, target, value) {
  return { name, sign: '≥', target, value, isReached: value >= target };
}

function row(measured, mode, id) {
  return measured?.modes.find((entry) => entry.mode === mode)?.rows.find((entry) => entry.id === id) ?? {};
}

function processorTargets(measured, cores) {
  if (measured === undefined) return [];
  const rowsOf = (mode) => measured.modes.find((entry) => entry.mode === mode)?.rows ?? [];
  const againstTorch = (mode, id) => {
    const own = row(measured, mode, id);
    const torch = torchFor(own, rowsOf(mode), cores);
    return torch === undefined ? Number.NaN : perPicture(own) / perPicture(torch);
  };
  const one = row(measured, 'bn-trained', 'thaw-wasm-1');
  const all = row(measured, 'bn-trained', 'thaw-wasm-all');
  const stock = stockWholeStep(measured);
  const againstStock = (own) => (stock === undefined ? Number.NaN : perPicture(stock) / perPicture(own));
  const who = 'EfficientNet-Lite0 96×96, batch 16:';
  return [
    atMost(
      `${who} whole step, BN trained, one thread, × PyTorch`,
      0.7,
      againstTorch('bn-trained', 'thaw-wasm-1'),
    ),
    atMost(`${who} the same, ${cores} threads, × PyTorch`, 0.9, againstTorch('bn-trained', 'thaw-wasm-all')),
    atMost(
      `${who} backbone frozen, one thread, × PyTorch`,
      0.8,
      againstTorch('backbone-frozen', 'thaw-wasm-1'),
    ),
    atLeast(`${who} against the stock WebGPU step, × faster, one thread`, 500, againstStock(one)),
    atLeast(`${who} the same, ${cores} threads`, 500, againstStock(all)),
    atMost(`${who} first step, one thread, s`, 0.4, one.firstMs / 1000),
    atMost(`${who} first step, ${cores} threads, s`, 0.4, all.firstMs / 1000),
    atMost(`${who} memory held, MB`, 250, all.heldBytes / 1e6),
  ];
}

function webgpuTargets(measured) {
  if (measured === undefined) return [];
  const whole = row(measured, 'bn-trained', 'thaw-webgpu');
  const stock = stockWholeStep(measured);
  const faster = (own) => (stock === undefined ? Number.NaN : perPicture(stock) / perPicture(own));
  const who = 'MobileNetV1-0.25 96×96, batch 8, WebGPU:';
  return [
    atLeast(`${who} whole step, × faster than stock`, 30, faster(whole)),
    atLeast(
      `${who} backbone frozen, × faster than stock's whole step`,
      75,
      faster(row(measured, 'backbone-frozen', 'thaw-webgpu')),
    ),
    atMost(`${who} dispatches`, 200, whole.calls),
    atMost(`${who} JavaScript a step, ms`, 0.5, whole.jsMs),
    atMost(`${who} MB moved`, 120, whole.bytesMoved / 1e6),
    atMost(`${who} first step, s`, 3.4, whole.firstMs / 1000),
  ];
}

/** On the fastest of Thaw's backends: the features of a run may come from one and its steps from another. */
function cacheTargets(workloads) {
  return workloads
    .filter((measured) => measured !== undefined && stockWholeStep(measured) !== undefined)
    .map((measured) => {
      const own = ['thaw-wasm-1', 'thaw-wasm-all', 'thaw-webgpu'].map((id) =>
        row(measured, 'cached-features', id),
      );
      const fastest = Math.min(...own.filter(({ ms }) => ms !== undefined).map(perPicture));
      const name = `${measured.workload.title}: head step on cached features, × faster than stock's whole step`;
      return atLeast(name, 10_000, perPicture(stockWholeStep(measured)) / fastest);
    });
}

function estimateTargets(rows) {
  if (rows === null) return [];
  const worst = Math.max(...rows.map(factorOff));
  return [atMost('what the page says a phase costs, off by a factor of at most', 1.5, worst)];
}

function appTargets(app, measured) {
  if (app === null) return [];
  const story = (id) => app.find((entry) => entry.id === id) ?? {};
  const stock = row(measured, 'backbone-frozen', 'stock-webgpu');
  // The first epoch computes what the others find kept.
  const frozen = story('F/F 8').epochs?.slice(1) ?? [];
  const stockEpochMs = stock.ms === undefined ? Number.NaN : perPicture(stock) * SAMPLE_TRAINING_PICTURES;
  return [
    atLeast(
      'a frozen epoch F/F of the app (validation included), × faster than stock from pictures',
      1000,
      stockEpochMs / median(frozen.map(({ ms }) => ms)),
    ),
    atMost('from opening the page, F/F, eight frozen epochs, s', 8, story('F/F 8').trainedMs / 1000),
    atMost('the same with two unfrozen epochs, s', 15, story('F/F 8+2').trainedMs / 1000),
    atMost(
      'from opening the page, T/T, eight frozen epochs and two after, s',
      30,
      story('T/T 8+2').trainedMs / 1000,
    ),
  ];
}
