import { readFileSync } from 'node:fs';
import type { BackendName } from '../src/core/api';
import { expect, test } from './story';

const FOLDER = 'fixtures/efficientnet-lite0';
const SIDE = 96;
const TOLERANCE = 1e-4;

interface Reference {
  /** By size, then by layer: a list of channel means for each picture. */
  readonly sizes: Readonly<
    Record<string, { readonly spatialMeans: Readonly<Record<string, readonly (readonly number[])[]>> }>
  >;
}

/** On WebGPU in software the whole network takes seconds a picture. */
const SETTINGS: readonly { readonly backend: BackendName; readonly pictures: number }[] = [
  { backend: 'wasm', pictures: 4 },
  { backend: 'webgpu', pictures: 1 },
];

for (const { backend, pictures } of SETTINGS) {
  test(`features at the block ends are those that PyTorch computes, on ${backend}`, async ({ app }) => {
    const reference = JSON.parse(readFileSync(`${FOLDER}/reference.json`, 'utf8')) as Reference;
    const wanted = Object.entries(reference.sizes[SIDE]!.spatialMeans);
    expect(wanted.map(([layer]) => layer)).toContain('top_relu');
    const bytes = readFileSync(`${FOLDER}/reference-input-${SIDE}.bin`);
    const images = new Float32Array(bytes.buffer, bytes.byteOffset, pictures * SIDE * SIDE * 3);
    expect((await app.open(backend)).backend).toBe(backend);

    const found = await app.page.evaluate(
      async ({ images, shape, layers }) => {
        await window.thaw.loadBackbone({ kind: 'bundled', id: 'efficientnet-lite0', pictureSize: shape[1] });
        const tensors = { images: new Float32Array(images), shape };
        const all: number[][] = [];
        for (const layer of layers) all.push([...(await window.thaw.features(tensors, layer)).values]);
        return all;
      },
      {
        images: [...images],
        shape: [pictures, SIDE, SIDE, 3] as const,
        layers: wanted.map(([layer]) => layer),
      },
    );

    for (const [index, [layer, means]] of wanted.entries()) {
      const values = found[index]!;
      const channels = means[0]!.length;
      expect(values).toHaveLength(pictures * channels);
      for (let place = 0; place < pictures; place++) {
        const distance = relativeDistance(
          values.slice(place * channels, (place + 1) * channels),
          means[place]!,
        );
        expect(distance, `${layer}, picture ${place}`).toBeLessThan(TOLERANCE);
      }
    }
  });
}

test('features behind the end are given beside a head too, and an unknown layer has a sentence', async ({
  app,
}) => {
  await app.open('wasm');
  const found = await app.page.evaluate(async (side) => {
    await window.thaw.loadBackbone({
      kind: 'bundled',
      id: 'efficientnet-lite0',
      backboneEnd: 'stem_relu',
      pictureSize: side,
    });
    const images = new Float32Array(4 * side * side * 3);
    const shape = [4, side, side, 3] as const;
    await window.thaw.setData({
      kind: 'tensors',
      images,
      shape,
      labels: [0, 1, 0, 1],
      classNames: ['a', 'b'],
    });
    const behind = await window.thaw.features({ images, shape }, 'block1_project_bn');
    const unknown = await window.thaw
      .features({ images, shape }, 'nothing')
      .catch((error: { code: string }) => error.code);
    return { shape: behind.shape, unknown };
  }, SIDE);
  expect(found).toEqual({ shape: [4, 16], unknown: 'layer-unknown' });
});

function relativeDistance(values: readonly number[], wanted: readonly number[]): number {
  return Math.hypot(...wanted.map((value, index) => value - values[index]!)) / Math.hypot(...wanted);
}
