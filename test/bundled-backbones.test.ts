import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

interface BundledBackbone {
  readonly id: string;
  readonly file: string;
  readonly sizeBytes: number;
  readonly parameters: number;
  readonly blockEnds: readonly string[];
  readonly defaultEnd: string;
  readonly pictureSizes: readonly number[];
  readonly preprocessing: { readonly mean: readonly number[]; readonly std: readonly number[] };
}

interface LayersModel {
  readonly modelTopology: { readonly config: { readonly layers: readonly { readonly name: string }[] } };
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly { readonly name: string; readonly shape: readonly number[] }[];
  }[];
}

const FOLDER = 'public/backbones';
const backbones = readJson<BundledBackbone[]>(join(FOLDER, 'index.json'));

describe.each(backbones)('the bundled backbone $id', (backbone) => {
  const file = join(FOLDER, backbone.file);
  const model = readJson<LayersModel>(file);
  const manifest = model.weightsManifest;
  const shards = manifest.flatMap((group) => group.paths).map((path) => join(dirname(file), path));

  test('is as large as index.json says, every float16 of it', () => {
    const shardBytes = shards.reduce((sum, path) => sum + statSync(path).size, 0);
    expect(shardBytes + statSync(file).size).toBe(backbone.sizeBytes);
    const values = manifest
      .flatMap((group) => group.weights)
      .reduce((sum, weight) => sum + count(weight.shape), 0);
    expect(shardBytes).toBe(values * 2);
  });

  test('has as many parameters as index.json says, statistics not counted', () => {
    const parameters = manifest
      .flatMap((group) => group.weights)
      .filter((weight) => !/\/moving_(mean|variance)$/.test(weight.name))
      .reduce((sum, weight) => sum + count(weight.shape), 0);
    expect(parameters).toBe(backbone.parameters);
  });

  test('has every block end as a layer, in depth order, and the default among them', () => {
    const names = model.modelTopology.config.layers.map((layer) => layer.name);
    const depths = backbone.blockEnds.map((end) => names.indexOf(end));
    expect(depths.every((depth) => depth >= 0)).toBe(true);
    expect(depths).toEqual([...depths].sort((a, b) => a - b));
    expect(backbone.blockEnds).toContain(backbone.defaultEnd);
  });

  test('says how pictures are prepared for it', () => {
    expect(backbone.preprocessing.mean).toHaveLength(3);
    expect(backbone.preprocessing.std).toHaveLength(3);
    expect(backbone.preprocessing.std.every((value) => value > 0)).toBe(true);
    expect(backbone.pictureSizes.length).toBeGreaterThan(0);
  });

  test('comes with its licence and attribution', () => {
    for (const name of ['LICENSE', 'ATTRIBUTION.md'])
      expect(existsSync(join(dirname(file), name))).toBe(true);
  });
});

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
