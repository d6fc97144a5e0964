// Who does what: workloads, modes and peers of the benchmark.

/** `stockBatch`: stock TensorFlow.js gets fewer pictures where a step would take minutes; it is compared by picture. */
const WORKLOADS = [
  {
    network: 'efficientnet-lite0',
    title: 'EfficientNet-Lite0',
    pictureSize: 96,
    batchSize: 16,
    stockBatch: 4,
  },
  {
    network: 'efficientnet-lite0',
    title: 'EfficientNet-Lite0',
    pictureSize: 224,
    batchSize: 16,
    stockBatch: 1,
    size: 'large',
  },
  { network: 'mobilenet-v1-0.25', title: 'MobileNetV1-0.25', pictureSize: 96, batchSize: 8, stockBatch: 8 },
];

export const MODES = [
  { mode: 'bn-trained', title: 'whole step, BN trained' },
  { mode: 'bn-frozen', title: 'whole step, BN frozen' },
  { mode: 'backbone-frozen', title: 'backbone frozen, head trained' },
  { mode: 'cached-features', title: 'head trained on cached features' },
];

/** `threads` tells which PyTorch a peer is held against. */
const PEERS = [
  {
    id: 'thaw-wasm-1',
    part: 'wasm',
    title: 'Thaw, SIMD, 1 thread',
    threads: 1,
    kind: { engine: 'thaw', backend: 'wasm', threads: 1 },
  },
  {
    id: 'thaw-wasm-all',
    part: 'wasm',
    title: 'Thaw, SIMD, all threads',
    threads: 'all',
    kind: { engine: 'thaw', backend: 'wasm', threads: 'all' },
  },
  {
    id: 'thaw-webgpu',
    part: 'webgpu',
    title: 'Thaw, WebGPU',
    threads: 'all',
    kind: { engine: 'thaw', backend: 'webgpu' },
  },
  {
    id: 'thaw-tfjs',
    part: 'tfjs',
    title: 'Thaw, TensorFlow.js operations on WASM',
    threads: 1,
    kind: { engine: 'thaw-tfjs', backend: 'wasm' },
  },
  {
    id: 'stock-webgpu',
    part: 'stock',
    title: 'stock TensorFlow.js, WebGPU',
    threads: 'all',
    kind: { engine: 'stock', backend: 'webgpu' },
  },
  {
    id: 'stock-wasm',
    part: 'stock',
    title: 'stock TensorFlow.js, WASM',
    threads: 1,
    kind: { engine: 'stock', backend: 'wasm' },
  },
];

/** @param {import('./options.mjs').Options} options */
export function workloadsFor({ large, networks }) {
  return WORKLOADS.filter(
    ({ network, size }) => (size !== 'large' || large) && (networks === null || networks.has(network)),
  );
}

/** @param {import('./options.mjs').Options} options */
export function peersFor({ parts }) {
  return PEERS.filter(({ part }) => parts.has(part));
}

export function workloadTitle({ title, pictureSize, batchSize }) {
  return `${title}, ${pictureSize}×${pictureSize}, batch ${batchSize}`;
}
