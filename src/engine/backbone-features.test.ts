import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readLayersModelFromFiles } from './readers/layers-model';
import { bufferOf } from './testing/lightning-tiny';
import { startBackend } from './tfjs/backends';
import { TfjsExecutor } from './tfjs/tfjs-executor';

const FOLDER = 'fixtures/efficientnet-lite0';

interface Reference {
  readonly sizes: Readonly<
    Record<string, { readonly spatialMeans: Readonly<Record<string, readonly (readonly number[])[]>> }>
  >;
}

describe('EfficientNet-Lite0 against PyTorch, on WASM', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  it('spatial means at the block ends agree to 1e-4', async () => {
    const names = ['model.json', 'group1-shard1of2.bin', 'group1-shard2of2.bin'];
    const network = await readLayersModelFromFiles(
      names.map((name) => ({ name, bytes: bufferOf(`public/backbones/efficientnet-lite0/${name}`) })),
    );
    const executor = new TfjsExecutor('wasm', network);
    const { sizes } = JSON.parse(readFileSync(`${FOLDER}/reference.json`, 'utf8')) as Reference;
    const images = new Float32Array(bufferOf(`${FOLDER}/reference-input-96.bin`));
    const ends = Object.entries(sizes['96']!.spatialMeans);
    expect(ends.length).toBeGreaterThan(4);
    for (const [layer, means] of ends) {
      const wanted = means.flat();
      const features = await executor.features(images, [4, 96, 96, 3], layer);
      const distance = Math.hypot(...wanted.map((value, i) => value - features[i]!)) / Math.hypot(...wanted);
      expect(distance, layer).toBeLessThan(1e-5);
    }
    executor.dispose();
  });
});
