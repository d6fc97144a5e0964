// `npm run bench:webgpu`: a training step on Thaw's WGSL kernels beside stock TensorFlow.js on the same adapter,
// interleaved in one run, and the exact counts. Needs an adapter that Node finds; without a graphics card the
// software one of the browser is used, where only ratios and counts mean anything.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findBrowser } from './find-browser.mjs';
import { softwareVulkanEnv } from './software-vulkan.mjs';

const PICTURE = 96;
const BATCH = 8;
const CLASSES = 5;
const ROUNDS = 5;
/** Filters and strides of MobileNetV1's blocks, at a quarter of its width. */
const BLOCKS = [
  [16, 1],
  [32, 2],
  [32, 1],
  [64, 2],
  [64, 1],
  [128, 2],
  ...Array.from({ length: 5 }, () => [128, 1]),
  [256, 2],
  [256, 1],
];

if (process.env.THAW_BENCH_CHILD === undefined) startWithAdapter();
else await bench();

/** The Vulkan loader reads its environment when a process starts: so the bench is a process of its own. */
function startWithAdapter() {
  const wantsHardware = process.argv.includes('--hardware');
  const software = wantsHardware ? {} : softwareVulkanEnv(findBrowser()?.path ?? process.execPath);
  if (software === null)
    throw new Error('The browser found ships no software Vulkan driver. Try --hardware.');
  const env = { ...process.env, ...software, THAW_BENCH_CHILD: '1' };
  const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url)], { env, stdio: 'inherit' });
  process.exit(status ?? 1);
}

async function bench() {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const navigator = { gpu: create(['enable-dawn-features=allow_unsafe_apis']), userAgent: 'node' };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true, writable: true });

  const { createServer } = await import('vite');
  const vite = await createServer({
    server: { middlewareMode: true, ws: false },
    appType: 'custom',
    logLevel: 'error',
  });
  const load = (path) => vite.ssrLoadModule(`/src/engine/${path}`);
  const { buildNetwork, layer } = await load('step-plan/testing/build-network.ts');
  const { BATCH_NORM_MODES, phaseOf, randomBatch } = await load('step-plan/testing/phases.ts');
  const { createPlanExecutor } = await load('step-plan/plan-executor.ts');
  const { createWebGpuBackend } = await load('kernels/webgpu-backend.ts');
  const optimizer = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };

  const network = buildNetwork([PICTURE, PICTURE, 3], descriptions(layer));
  const batch = randomBatch(network.graph, CLASSES, BATCH, 1);
  const ownStep = async (mode, trains) => {
    const backend = await createWebGpuBackend();
    const executor = await createPlanExecutor(network, backend);
    const phase = phaseOf(network.graph, BATCH_NORM_MODES[mode], optimizer);
    const trained = phase.trained.filter(({ name }) => trains(name)).map(({ name }) => ({ name, group: 0 }));
    await executor.enterPhase({ ...phase, trained });
    const step = () => executor.trainStep(batch, [1e-3]);
    const firstMs = await timed(step);
    const cost = backend.costOf(executor.lastPlan);
    return { step, firstMs, cost, jsMs: () => executor.stats().jsMs, adapter: backend.description };
  };
  const whole = await ownStep('trainable', () => true);
  const bnFrozen = await ownStep('frozen', (name) => !name.includes('bn'));
  const head = await ownStep('frozen', (name) => name.startsWith('head'));

  const { default: tf } = await import('@tensorflow/tfjs');
  await import('@tensorflow/tfjs-backend-webgpu');
  await tf.setBackend('webgpu');
  await tf.ready();
  const images = tf.tensor4d(batch.images, batch.shape);
  const labels = tf.oneHot(tf.tensor1d([...batch.labels], 'int32'), CLASSES).toFloat();
  const stockStep = async (trains) => {
    const model = stockModel(tf);
    for (const stock of model.layers) stock.trainable = trains(stock.name);
    model.compile({ optimizer: tf.train.adam(1e-3), loss: 'categoricalCrossentropy' });
    const step = () => model.trainOnBatch(images, labels);
    return { step, firstMs: await timed(step) };
  };
  const rows = [
    ['stock TensorFlow.js, whole network', await stockStep(() => true), 1],
    ['stock TensorFlow.js, head only trained', await stockStep((name) => name === 'head'), 1],
    ['Thaw, whole network, BatchNorm trained', whole, 4],
    ['Thaw, whole network, BatchNorm frozen', bnFrozen, 4],
    ['Thaw, head only trained', head, 4],
  ];
  const times = rows.map(() => []);
  const scripts = rows.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, [, { step, jsMs }, count]] of rows.entries()) {
      for (let i = 0; i < count; i += 1) {
        times[index].push(await timed(step));
        if (jsMs) scripts[index].push(jsMs());
      }
    }
  }
  console.log(
    `${whole.adapter}; MobileNetV1-0.25, ${PICTURE}×${PICTURE}, batch ${BATCH}, Adam; medians of one interleaved run`,
  );
  const stockMs = median(times[0]);
  console.table(
    Object.fromEntries(
      rows.map(([title, { firstMs, cost }], index) => [
        title,
        {
          'step ms': +median(times[index]).toFixed(1),
          'faster than stock': `${(stockMs / median(times[index])).toFixed(1)}x`,
          dispatches: cost?.dispatches ?? '',
          'MB moved': cost ? +(cost.trafficBytes / 1e6).toFixed(1) : '',
          pipelines: cost?.pipelines ?? '',
          'JavaScript ms': scripts[index].length > 0 ? +median(scripts[index]).toFixed(2) : '',
          'first step ms': Math.round(firstMs),
        },
      ]),
    ),
  );
  process.exit(0);
}

function descriptions(layer) {
  const norm = (name) => [layer.batchNorm(`${name}bn`), layer.activation(`${name}act`, 'relu6')];
  const list = [layer.conv('stem', 8, 3, { strides: [2, 2] }), ...norm('stem')];
  for (const [index, [filters, stride]] of BLOCKS.entries()) {
    list.push(layer.depthwise(`dw${index}`, 3, { strides: [stride, stride] }), ...norm(`dw${index}`));
    list.push(layer.conv(`pw${index}`, filters, 1), ...norm(`pw${index}`));
  }
  list.push(layer.globalAverage('pool'), layer.dense('head', CLASSES));
  return list;
}

function stockModel(tf) {
  const { layers } = tf;
  const same = { padding: 'same', useBias: false };
  const norm = () => [layers.batchNormalization(), layers.reLU({ maxValue: 6 })];
  const stem = layers.conv2d({
    ...same,
    inputShape: [PICTURE, PICTURE, 3],
    filters: 8,
    kernelSize: 3,
    strides: 2,
  });
  const list = [stem, ...norm()];
  for (const [filters, strides] of BLOCKS) {
    list.push(layers.depthwiseConv2d({ ...same, kernelSize: 3, strides }), ...norm());
    list.push(layers.conv2d({ ...same, filters, kernelSize: 1 }), ...norm());
  }
  const head = layers.dense({ units: CLASSES, activation: 'softmax', name: 'head' });
  return tf.sequential({ layers: [...list, layers.globalAveragePooling2d({}), head] });
}

async function timed(step) {
  const startMs = performance.now();
  await step();
  return performance.now() - startMs;
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
